import { isPhoto, photoSource, type Photo } from "./photos.ts";
import { csvSource, lineSource, type Source } from "./source.ts";

/** What was dropped or chosen, before it is looked into. */
export interface Chosen {
  readonly files: readonly Photo[];
  /** Its name, where it is a folder. */
  readonly folder: string | undefined;
}

/**
 * What it is, as a batch would have it.
 *
 * @throws {Error} saying what is taken, when it is nothing of that
 */
export async function sourceOf({ files, folder }: Chosen): Promise<Source> {
  const [first, ...others] = files;
  if (first === undefined) throw new Error(`There is nothing in ${folder ?? "it"}.`);
  const isTable = folder === undefined && others.length === 0 && !isPhoto(first.path);
  if (!isTable) return photoSource(files, folder ?? nameOf(files));
  const { path: name, file } = first;
  if (file.size === 0) throw new Error(`${name} is empty.`);
  if (/\.csv$/i.test(name)) return csvSource(file, name);
  if (/\.(?:ndjson|jsonl)$/i.test(name)) return lineSource(file, name);
  throw new Error(
    `${name} is not taken: .csv, .ndjson (an item of JSON in each line), or photos as .jpg, .png or .webp.`,
  );
}

function nameOf(files: readonly Photo[]): string {
  return files.length === 1 ? (files[0]?.path ?? "") : `${files.length} files`;
}

/** Text that was pasted, as a file would have it. */
export function pasted(text: string): Chosen {
  const isJson = text.trimStart().startsWith("{");
  const path = isJson ? "pasted.ndjson" : "pasted.csv";
  return { files: [{ path, file: new Blob([text]) }], folder: undefined };
}

/** Files of a picker; of one for folders, with their paths in it. */
export function picked(list: FileList): Chosen {
  const files = [...list];
  const [folder, ...below] = (files[0]?.webkitRelativePath ?? "").split("/");
  if (below.length === 0) return { files: files.map(plain), folder: undefined };
  const path = ({ webkitRelativePath }: File): string => webkitRelativePath.replace(/^[^/]*\//, "");
  return { files: files.map((file) => ({ path: path(file), file })), folder };
}

function plain(file: File): Photo {
  return { path: file.name, file };
}

/** What was dropped, folders in folders included. Has to be called within the event. */
export async function dropped(transfer: DataTransfer): Promise<Chosen> {
  const entries = [...transfer.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  const folder = entries.length === 1 && entries[0]?.isDirectory ? entries[0].name : undefined;
  if (entries.length === 0) return { files: [...transfer.files].map(plain), folder };
  const found = (await Promise.all(entries.map(filesBelow))).flat();
  const files = found.map(({ path, file }) => {
    return { path: folder === undefined ? path : path.slice(folder.length + 1), file };
  });
  return { files, folder };
}

async function filesBelow(entry: FileSystemEntry): Promise<readonly Photo[]> {
  if (isFolder(entry)) {
    const files: Photo[] = [];
    for (const each of await entriesOf(entry)) files.push(...(await filesBelow(each)));
    return files;
  }
  const file = await new Promise<File>((resolve, reject) => {
    if (isFile(entry)) entry.file(resolve, reject);
    else reject(new Error(`${entry.name} is neither a file nor a folder.`));
  });
  return [{ path: entry.fullPath.slice(1), file }];
}

/** Browsers tell some of them at a time. */
async function entriesOf(folder: FileSystemDirectoryEntry): Promise<readonly FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, reject);
    });
    if (some.length === 0) return all;
    all.push(...some);
  }
}

function isFolder(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}
