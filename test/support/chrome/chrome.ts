import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";
import { findBrowser } from "../browser.ts";

/** Longer than any step of a page takes, on a busy machine too, in ms. */
const STEP_MS = 60_000;

const found = findBrowser();

/** For tests that need it: `{ skip: noChrome, timeout: pageTimeoutMs }`. */
export const noChrome = found === undefined && "no Chromium in the PATH";
/** Of a test with several steps, in ms. */
export const pageTimeoutMs = 3 * STEP_MS;

export interface VisitOptions {
  /** Of the window, in CSS pixels; its height is 900. */
  readonly width?: number;
  readonly colorScheme?: "light" | "dark";
  /** Origins beside the gateway's that may be asked, such as an issuer's. */
  readonly others?: readonly string[];
}

/** Chromium, for all cases of a file. */
export class Chrome implements AsyncDisposable {
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async start(): Promise<Chrome> {
    const args = ["--no-sandbox", "--disable-gpu"];
    return new Chrome(await chromium.launch({ executablePath: found ?? "", args }));
  }

  /**
   * A window of its own, with nothing kept of others, that may ask one gateway alone.
   *
   * @param url of the gateway, or the whole address of one of its pages
   */
  async visit(
    url: string,
    { width = 1440, colorScheme = "light", others = [] }: VisitOptions = {},
  ): Promise<Visit> {
    const context = await this.#browser.newContext({
      viewport: { width, height: 900 },
      colorScheme,
      // What moves is caught in between by pictures, and by who looks at contrasts.
      reducedMotion: "reduce",
    });
    const visit = await Visit.of(context, [new URL(url).origin, ...others]);
    await visit.page.goto(url);
    return visit;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
  }
}

/** A person's window, and what went wrong in it. */
export class Visit implements AsyncDisposable {
  readonly page: Page;
  /**
   * Whatever the console said, errors that nobody caught, and requests to other origins, which are
   * refused. A test ends with `assert.deepEqual(visit.faults, [])`.
   */
  readonly faults: string[] = [];
  readonly #context: BrowserContext;

  private constructor(context: BrowserContext, page: Page) {
    this.#context = context;
    this.page = page;
  }

  static async of(context: BrowserContext, origins: readonly string[]): Promise<Visit> {
    const page = await context.newPage();
    const visit = new Visit(context, page);
    page.setDefaultTimeout(STEP_MS);
    page.on("console", (message) => visit.faults.push(`console: ${message.text()}`));
    page.on("pageerror", (error) => visit.faults.push(`uncaught: ${error.message}`));
    await context.route(
      (asked) => !origins.includes(asked.origin),
      async (route) => {
        visit.faults.push(`another origin: ${route.request().url()}`);
        await route.abort();
      },
    );
    return visit;
  }

  /**
   * Takes out of `faults` what has to be there, such as the console's line for an answer 404.
   *
   * @returns whether there was any
   */
  expected(pattern: RegExp): boolean {
    const others = this.faults.filter((fault) => !pattern.test(fault));
    const isThere = others.length < this.faults.length;
    this.faults.splice(0, Infinity, ...others);
    return isThere;
  }

  /** Signs in with a key, where the page asks for one. */
  async signIn(key: string): Promise<void> {
    await this.page.getByLabel("Key").fill(key);
    await this.page.keyboard.press("Enter");
    await this.page.getByRole("navigation", { name: "Main" }).waitFor();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.close();
  }
}
