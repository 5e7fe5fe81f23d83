import {
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  rmdir,
  stat,
  truncate,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";

const DAY_MS = 86_400_000;
/** Of an endpoint that is gone, and never said. */
const DAYS = 30;
/** In the folder of an endpoint: how many days its files are kept, also when it is gone. */
const DAYS_FILE = ".days";

/** Where lines of an hour stand, in the folder. @param courier names the file: only one writes to it */
export function pathOf(
  { endpoint, variant }: { readonly endpoint: string; readonly variant: string },
  kind: string,
  atMs: number,
  courier: string,
): string {
  const [, year = "", month = "", day = "", hour = ""] =
    /^(\d+)-(\d\d)-(\d\d)T(\d\d)/.exec(new Date(atMs).toISOString()) ?? [];
  return join(endpoint, variant, kind, year, month, day, `${hour}-${courier}.ndjson`);
}

/** The folder of captured lines. Files grow at their end, and are on the disk before Redis hears of it. */
export class CaptureFolder {
  readonly #top: string;

  /** @param top absolute path of a folder that is there: it is never made, for it may be a mount */
  constructor(top: string) {
    this.#top = top;
  }

  /** Bytes of a file; 0 when there is none. */
  async size(path: string): Promise<number> {
    try {
      return (await stat(join(this.#top, path))).size;
    } catch (error) {
      unless("ENOENT")(error);
      return 0;
    }
  }

  /**
   * Writes behind what is sure, and waits until the disk has it.
   *
   * @param sure bytes of the file that stay
   * @returns its bytes now
   */
  async append(path: string, sure: number, lines: Buffer): Promise<number> {
    await stat(this.#top);
    const file = join(this.#top, path);
    if (sure === 0) await mkdir(dirname(file), { recursive: true });
    await using handle = await open(file, "a");
    const { size } = await handle.stat();
    if (size < sure) throw new Error(`${path} has lost lines`);
    if (size > sure) await handle.truncate(sure);
    await handle.appendFile(lines);
    await handle.sync();
    // A file is found again after a power cut when its folders are on the disk too.
    if (sure === 0) await this.#syncFolders(dirname(path));
    return sure + lines.length;
  }

  /** Cuts off what is not sure. */
  async cut(path: string, sure: number): Promise<void> {
    if ((await this.size(path)) <= sure) return;
    const file = join(this.#top, path);
    await (sure === 0 ? rm(file) : truncate(file, sure)).catch(unless("ENOENT"));
  }

  /**
   * Removes the days that are over.
   *
   * @param daysOf how long an endpoint keeps them; undefined when it does not say any more
   */
  async sweep(nowMs: number, daysOf: (endpoint: string) => number | undefined): Promise<void> {
    for (const endpoint of await this.#folders(".")) {
      const days = await this.#days(endpoint, daysOf(endpoint));
      const last = new Date(nowMs - days * DAY_MS).toISOString().slice(0, 10);
      for (const variant of await this.#folders(endpoint)) {
        for (const kind of await this.#folders(join(endpoint, variant))) {
          await this.#removeUntil(join(endpoint, variant, kind), last);
        }
      }
    }
  }

  /** @param last day that is kept, as `yyyy-mm-dd` */
  async #removeUntil(folder: string, last: string): Promise<void> {
    for (const year of await this.#folders(folder)) {
      for (const month of await this.#folders(join(folder, year))) {
        for (const day of await this.#folders(join(folder, year, month))) {
          if (`${year}-${month}-${day}` >= last) continue;
          await rm(join(this.#top, folder, year, month, day), { recursive: true, force: true });
        }
        await this.#removeEmpty(join(folder, year, month));
      }
      await this.#removeEmpty(join(folder, year));
    }
  }

  async #removeEmpty(path: string): Promise<void> {
    await rmdir(join(this.#top, path)).catch(unless("ENOTEMPTY", "ENOENT"));
  }

  /** As the endpoint says, or as it said last. */
  async #days(endpoint: string, said: number | undefined): Promise<number> {
    const file = join(this.#top, endpoint, DAYS_FILE);
    const known = Number(await readFile(file, "utf8").catch(unless("ENOENT"))) || undefined;
    if (said !== undefined && said !== known) {
      await writeFile(`${file}.new`, String(said));
      await rename(`${file}.new`, file);
    }
    return said ?? known ?? DAYS;
  }

  async #folders(path: string): Promise<readonly string[]> {
    const entries = await readdir(join(this.#top, path), { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  }

  async #syncFolders(path: string): Promise<void> {
    for (let folder = path; ; folder = dirname(folder)) {
      await using handle = await open(join(this.#top, folder), "r");
      await handle.sync();
      if (folder === ".") return;
    }
  }
}

/** Passes over errors of the file system. */
function unless(...codes: readonly string[]): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof Error && "code" in error && codes.includes(String(error.code))))
      throw error;
  };
}
