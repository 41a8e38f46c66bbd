/** One of the 40 pins of a Raspberry Pi's header. */
export type HeaderPin = { readonly pin: number; readonly power: '3.3 V' | '5 V' | 'GND' } | HeaderLine;

export interface HeaderLine {
  readonly pin: number;
  /** The line's number on the header's chip: the number that Raspberry Pi and everybody else calls GPIO (BCM). */
  readonly line: number;
  /** What it is for as well, in whole overlays or by default: an output there may disturb that. */
  readonly also?: string;
}

/** The chips that the header is on, by their labels: of Raspberry Pi 1 to 3, 4, and 5. */
export const HEADER_CHIPS: ReadonlySet<string> = new Set([
  'pinctrl-bcm2835',
  'pinctrl-bcm2711',
  'pinctrl-rp1',
]);

const PLACES: readonly (string | [line: number, also?: string])[] = [
  ['3.3 V', '5 V'],
  [[2, 'I2C1 SDA'], '5 V'],
  [[3, 'I2C1 SCL'], 'GND'],
  [
    [4, 'GPCLK0, 1-Wire'],
    [14, 'UART TXD'],
  ],
  ['GND', [15, 'UART RXD']],
  [[17], [18, 'PCM CLK, PWM0']],
  [[27], 'GND'],
  [[22], [23]],
  ['3.3 V', [24]],
  [[10, 'SPI0 MOSI'], 'GND'],
  [[9, 'SPI0 MISO'], [25]],
  [
    [11, 'SPI0 SCLK'],
    [8, 'SPI0 CE0'],
  ],
  ['GND', [7, 'SPI0 CE1']],
  [
    [0, 'ID EEPROM'],
    [1, 'ID EEPROM'],
  ],
  [[5], 'GND'],
  [[6], [12, 'PWM0']],
  [[13, 'PWM1'], 'GND'],
  [
    [19, 'PCM FS, SPI1 MISO'],
    [16, 'SPI1 CE2'],
  ],
  [[26], [20, 'PCM DIN, SPI1 MOSI']],
  ['GND', [21, 'PCM DOUT, SPI1 SCLK']],
].flat() as (string | [number, string?])[];

/** All pins, from 1 to 40: odd ones in the left column as the header is usually drawn, even ones in the right. */
export const HEADER_PINS: readonly HeaderPin[] = PLACES.map((place, index): HeaderPin => {
  const pin = index + 1;
  if (typeof place === 'string') return { pin, power: place as '3.3 V' | '5 V' | 'GND' };
  const [line, also] = place;
  return { pin, line, ...(also !== undefined && { also }) };
});
