/** Offers the chips of the machine that Node-RED runs on and their lines; says of each line who has it. */

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

export function offerLines(text: (key: string) => string): void {
  const chip = $('#node-input-chip');
  let chips: readonly Chip[] = [];
  const option = (value: string | number, shown: string): JQuery => $('<option>').val(value).text(shown);

  const showLines = (): void => {
    const wanted = String(chip.val() ?? '').trim();
    const found = chips.find(({ path, label }) => [path, label, path.replace(/^.*\D/, '')].includes(wanted));
    $('#factory-input-lines')
      .empty()
      .append(
        ...(found?.lines ?? []).map(({ line, name, used, consumer }) =>
          option(line, `${name || line}: ${used ? `${text('chip.held')} ${consumer}` : text('chip.free')}`),
        ),
      );
  };
  const tell = (problem: string): void => void $('#factory-input-no-chip').show().text(problem);

  chip.on('input change', showLines);
  void $.getJSON('factory-iot/chips')
    .done(({ chips: found }: { chips: readonly Chip[] }) => {
      chips = found;
      const options = found.map(({ path, label }) => option(label || path, path));
      $('#factory-input-chips')
        .empty()
        .append(...options);
      if (found.length === 0) tell(text('chip.none'));
      showLines();
    })
    .fail(({ responseJSON }: JQuery.jqXHR) => {
      const { error = text('chip.none') } = (responseJSON ?? {}) as { error?: string };
      tell(error);
    });
}
