const NAME = "scoreline-key";

/**
 * The key of this tab. It ends with the tab, and stands in no URL and no cookie; where the browser keeps
 * nothing (private windows of some), it ends with the page.
 */
export class Session {
  #key: string | undefined;

  get key(): string | undefined {
    if (this.#key === undefined) this.#key = stored();
    return this.#key;
  }

  keep(key: string): void {
    this.#key = key;
    tried(() => sessionStorage.setItem(NAME, key));
  }

  forget(): void {
    this.#key = undefined;
    tried(() => sessionStorage.removeItem(NAME));
  }
}

function stored(): string | undefined {
  let key: string | null = null;
  tried(() => (key = sessionStorage.getItem(NAME)));
  return key ?? undefined;
}

function tried(act: () => void): void {
  try {
    act();
  } catch {
    // The browser keeps nothing for pages.
  }
}
