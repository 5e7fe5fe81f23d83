import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { CommandError } from "../terminal/command.ts";
import type { SentItem, Source } from "./sent-item.ts";

const IMAGE = /\.(?:jpe?g|png|webp)$/i;

/**
 * The images of a folder and the folders in it, in the order of their names; the custom id of each is
 * its path in the folder.
 *
 * @throws {CommandError} when there are none
 */
export function folderSource(folder: string): Source {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && IMAGE.test(entry.name))
    .map(({ parentPath, name }) => join(parentPath, name).slice(join(folder, sep).length))
    .map((path) => path.replaceAll(sep, "/"))
    // By code units, so that the order is the same on each machine.
    .toSorted((a, b) => (a < b ? -1 : 1));
  if (names.length === 0) throw new CommandError(`there is no .jpg, .png or .webp in ${folder}`);
  return {
    mediaType: "application/x-ndjson",
    size: { items: names.length },
    items: itemsOf(folder, names),
    place: (number) => join(folder, names[number - 1] ?? ""),
  };
}

// oxlint-disable-next-line require-await -- files are read one at a time, as they are asked for
async function* itemsOf(
  folder: string,
  names: readonly string[],
): AsyncGenerator<readonly SentItem[]> {
  for (const [i, name] of names.entries()) {
    const image = readFileSync(join(folder, name)).toString("base64");
    const text = `${JSON.stringify({ custom_id: name, input: { image } })}\n`;
    yield [{ bytes: Buffer.from(text), number: i + 1, lines: 1 }];
  }
}
