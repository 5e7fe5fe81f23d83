import type { Page } from "../http/page.ts";
import { PageFiles } from "./files.ts";
import { htmlPage, type Viewers } from "./html.ts";

/** The page at `/`, and what it is made of: half a megabyte, read at the first use and then kept. */
export class WebPage {
  readonly #viewers: Viewers;
  #files: PageFiles | undefined;
  #html: Page | undefined;

  constructor(viewers: Viewers) {
    this.#viewers = viewers;
  }

  get files(): PageFiles {
    return (this.#files ??= new PageFiles());
  }

  get html(): Page {
    return (this.#html ??= htmlPage(this.files.own, this.#viewers));
  }
}
