import type { Position } from "./piece.ts";
import type { Part, Source } from "./source.ts";

/** A file, and its path in the folder that was chosen. */
export interface Photo {
  readonly path: string;
  readonly file: Blob;
}

const PHOTO = /\.(?:jpe?g|png|webp)$/i;

/** Whether a file is one of those that models of photos take. Names that start with a dot are not. */
export function isPhoto(path: string): boolean {
  return PHOTO.test(path) && !/(?:^|\/)\./.test(path);
}

/**
 * Photos, in the order of their paths, which become their custom ids.
 *
 * @param name of the folder @throws {Error} when there are none
 */
export function photoSource(files: readonly Photo[], name: string): Source {
  const photos = files
    .filter(({ path }) => isPhoto(path))
    // By code units, so that the order is the same on each machine.
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
  if (photos.length === 0) throw new Error(`There is no .jpg, .png or .webp in ${name}.`);
  return {
    kind: "photos",
    name,
    bytes: photos.reduce((sum, { file }) => sum + file.size, 0),
    items: photos.length,
    head: undefined,
    start: { byte: 0, line: 0, item: 0 },
    partAt: async (from, most) => Promise.resolve(partOf(photos, from, most)),
  };
}

function partOf(
  photos: readonly Photo[],
  from: Position,
  most: { readonly bytes: number; readonly items: number },
): Part | undefined {
  let { byte, item } = from;
  for (let next = photos[item]; next !== undefined; next = photos[item]) {
    const isFull =
      byte + next.file.size - from.byte > most.bytes || item - from.item === most.items;
    if (isFull && item > from.item) break;
    byte += next.file.size;
    item += 1;
  }
  if (item === from.item) return undefined;
  const body = (): FormData => {
    const form = new FormData();
    for (const { path, file } of photos.slice(from.item, item)) form.append("file", file, path);
    return form;
  };
  return {
    end: { byte, line: 0, item },
    type: undefined,
    body,
    place: ({ file }) => (typeof file === "string" ? { text: file, isItem: true } : undefined),
  };
}
