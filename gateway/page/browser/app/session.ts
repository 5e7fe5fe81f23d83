/** A text that the tab keeps under a name, and nobody else reads. */
export interface Kept {
  read(): string | undefined;
  keep(text: string): void;
  forget(): void;
}

/**
 * Keeps a text in this tab. It ends with the tab, and stands in no URL and no cookie; where the browser
 * keeps nothing (private windows of some), it ends with the page.
 */
export function keptInTab(name: string): Kept {
  let text: string | undefined;
  return {
    read() {
      tried(() => (text ??= sessionStorage.getItem(name) ?? undefined));
      return text;
    },
    keep(given) {
      text = given;
      tried(() => sessionStorage.setItem(name, given));
    },
    forget() {
      text = undefined;
      tried(() => sessionStorage.removeItem(name));
    },
  };
}

function tried(act: () => void): void {
  try {
    act();
  } catch {
    // The browser keeps nothing for pages.
  }
}
