/** The chips and lines of the machine that Node-RED runs on, for the board's dialog. */

interface Line {
  readonly line: number;
  readonly name: string;
  readonly used: boolean;
  readonly consumer: string;
}

interface Chip {
  readonly path: string;
  readonly label: string;
  readonly lines: readonly Line[];
}

/** The drivers whose lines are on a chip of this machine. */
export const REAL: readonly string[] = ['chardev', 'sysfs'];

/** The list that the fields of line numbers offer. */
export const LINES_LIST = 'factory-board-lines';

/**
 * Shows and hides what only real lines need, offers the chips, and says of each line whether it is free or who holds it.
 * Returns what has to be called when a line of the board is changed.
 */
export function offerChips(text: (key: string) => string): () => void {
  const driver = $('#node-config-input-driver');
  const chip = $('#node-config-input-chip');
  let chips: readonly Chip[] = [];

  const showLines = (): void => {
    const wanted = String(chip.val() ?? '').trim();
    const names = ({ path, label }: Chip): string[] => [path, label, path.replace(/^.*\D/, '')];
    const found = chips.find((one) => names(one).includes(wanted));
    $(`#${LINES_LIST}`)
      .empty()
      .append(
        ...(found?.lines ?? []).map(({ line, name, used, consumer }) => {
          const state = used ? `${text('chip.held')} ${consumer}` : text('chip.free');
          return $('<option>')
            .val(line)
            .text(`${name || line}: ${state}`);
        }),
      );
  };
  const showDriver = (): void => {
    const isReal = REAL.includes(String(driver.val()));
    $('.factory-board-chardev').toggle(isReal);
    // sysfs has no bias.
    $('#node-config-input-bias')
      .closest('.form-row')
      .toggle(driver.val() !== 'sysfs');
    for (const each of ['message', 'simulated']) $(`.factory-board-${each}`).toggle(driver.val() === each);
  };
  const showBootLines = (): void => {
    const lines = { op_dh: [] as number[], op_dl: [] as number[] };
    $('#factory-board-channels > li').each((_, item) => {
      const line = Number($(item).find('.factory-board-line').val());
      const isLow = $(item).find('.factory-board-activeLow').prop('checked') === true;
      if (Number.isInteger(line)) lines[isLow ? 'op_dh' : 'op_dl'].push(line);
    });
    const words = Object.entries(lines)
      .filter(([, all]) => all.length > 0)
      .map(([level, all]) => `gpio=${all.join(',')}=${level.replace('_', ',')}`);
    $('#factory-board-boot').text(words.join('\n'));
  };

  driver.on('change', showDriver);
  chip.on('input change', showLines);
  $('#factory-board-channels').on('input change', showBootLines);
  showDriver();
  void $.getJSON('factory-iot/chips')
    .done(({ chips: found }: { chips: readonly Chip[] }) => {
      chips = found;
      $('#factory-board-chips')
        .empty()
        .append(
          ...found.map(({ path, label }) =>
            $('<option>')
              .val(label || path)
              .text(path),
          ),
        );
      $('#factory-board-no-chip')
        .toggle(found.length === 0)
        .text(text('chip.none'));
      showLines();
    })
    .fail(({ responseJSON }: JQuery.jqXHR) => {
      const { error = text('chip.none') } = (responseJSON ?? {}) as { error?: string };
      $('#factory-board-no-chip').show().text(error);
    });
  return showBootLines;
}
