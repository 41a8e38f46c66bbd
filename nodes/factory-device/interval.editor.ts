/** Proposes the interval at which the deployed node's devices were heard; a person takes it over, or not. */
export function proposeInterval(node: string, text: (key: string) => string): void {
  const tip = $('#factory-device-learnt').hide();
  void $.getJSON('factory-iot/interval', { node }).done(
    ({ seconds }: { readonly seconds: number | null }) => {
      const field = $('#node-input-interval');
      if (seconds === null || Number(field.val()) === seconds) return;
      const use = $('<button type="button" class="red-ui-button red-ui-button-small">')
        .text(text('learnt.use'))
        .on('click', () => {
          field.val(String(seconds)).trigger('change');
          tip.hide();
        });
      tip
        .empty()
        .append($('<span>').text(`${text('learnt.every').replace('{n}', String(seconds))} `), use)
        .show();
    },
  );
}
