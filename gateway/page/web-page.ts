import type { Page } from "../http/page.ts";
import { PageFiles } from "./files.ts";
import { htmlPage } from "./html.ts";

/** The page at `/`, and what it is made of: half a megabyte, read at the first use and then kept. */
export class WebPage {
  readonly #wantsKeys: boolean;
  #files: PageFiles | undefined;
  #html: Page | undefined;

  /** @param wantsKeys whether the gateway asks callers for keys */
  constructor(wantsKeys: boolean) {
    this.#wantsKeys = wantsKeys;
  }

  get files(): PageFiles {
    return (this.#files ??= new PageFiles());
  }

  get html(): Page {
    return (this.#html ??= htmlPage(this.files.own, this.#wantsKeys));
  }
}
