/** What passwords and tokens are recognised by, while the dialog is open. The editor itself is never told of them. */
export class SecretsEdited {
  readonly #kept: Promise<Record<string, string>>;
  readonly #set = new Map<string, string>();
  #before: Record<string, string> = {};

  /** `edited`: what an earlier dialog has set and nobody has deployed yet. */
  constructor(node: string, edited: string | undefined) {
    const text = edited && edited !== '__PWRD__' ? Promise.resolve(edited) : keptOf(node);
    this.#kept = text.then((json) => (this.#before = JSON.parse(json) as Record<string, string>));
    // Where it cannot be read nothing is written either; the dialog says so as soon as a secret is set.
    this.#kept.catch(() => {});
  }

  async has(id: string): Promise<boolean> {
    return this.#set.has(id) || (await this.#kept)[id] !== undefined;
  }

  /** Rejects where what is kept of the others could not be read, which would be lost. */
  async set(id: string, kept: string): Promise<void> {
    await this.#kept;
    this.#set.set(id, kept);
  }

  /** What is to be kept of these, as JSON; undefined where it is what it was. */
  blob(ids: readonly string[]): string | undefined {
    const all = { ...this.#before, ...Object.fromEntries(this.#set) };
    const wanted = Object.fromEntries(ids.flatMap((id) => (all[id] === undefined ? [] : [[id, all[id]]])));
    const isSame = this.#set.size === 0 && Object.keys(this.#before).every((id) => ids.includes(id));
    return isSame ? undefined : JSON.stringify(wanted);
  }
}

/** Asks the runtime. Rejects with its words. */
export async function post<Answer>(path: string, body: object): Promise<Answer & { error?: string }> {
  return new Promise((resolve, reject) => {
    $.ajax({ url: path, type: 'POST', contentType: 'application/json', data: JSON.stringify(body) }).then(
      (answer: Answer & { error?: string }) => resolve(answer),
      (failed: { status: number; responseJSON?: Answer & { error?: string } }) => {
        if (failed.responseJSON) resolve(failed.responseJSON);
        else reject(new Error(`HTTP ${failed.status}`));
      },
    );
  });
}

async function keptOf(node: string): Promise<string> {
  const { secrets, error } = await post<{ secrets?: string }>('factory-iot/access/kept', { node });
  if (secrets === undefined) throw new Error(error ?? 'no answer');
  return secrets;
}
