import { bytes } from "../app/figures.ts";

/** A file on its way to the disk. */
export interface Saver {
  write(text: string): Promise<void>;
  /** The file is whole. */
  close(): Promise<void>;
  /** It is not, and is left out. */
  abort(): Promise<void>;
}

/** Most that browsers without the File System Access API put together, in bytes. */
const GATHERED_BYTES_MAX = 2 ** 30;

type Picker = (options: { readonly suggestedName: string }) => Promise<FileSystemFileHandle>;

declare global {
  interface Window {
    /** Of Chromium, and of pages that came by HTTPS or from this machine. */
    readonly showSaveFilePicker?: Picker;
  }
}

/**
 * Where results go. A link cannot carry the key, and the key belongs into no URL, so the page reads them
 * itself: to a file that its person chooses, straight to the disk; where the browser has no such thing,
 * into a `Blob`, of which browsers keep large ones on disk, and then as a download.
 *
 * @returns undefined when its person thinks better of it
 */
export async function openSaver(name: string, type: string): Promise<Saver | undefined> {
  const { showSaveFilePicker: pick } = window;
  if (pick === undefined) return gathered(name, type);
  try {
    const handle = await pick.call(window, { suggestedName: name });
    const file = await handle.createWritable();
    return {
      write: async (text) => file.write(text),
      close: async () => file.close(),
      abort: async () => file.abort(),
    };
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") return undefined;
    throw error;
  }
}

function gathered(name: string, type: string): Saver {
  let parts: Blob[] = [];
  let size = 0;
  return {
    write: async (text) => {
      const part = new Blob([text]);
      size += part.size;
      if (size > GATHERED_BYTES_MAX) {
        throw new Error(
          `More than ${bytes(GATHERED_BYTES_MAX)} is too much for this browser. Chrome and Edge write to the disk as it comes, and so does: npx scoreline batch results BATCH_ID --out ${name}`,
        );
      }
      parts.push(part);
      return Promise.resolve();
    },
    close: async () => {
      const url = URL.createObjectURL(new Blob(parts, { type }));
      const link = document.createElement("a");
      link.href = url;
      link.download = name;
      link.click();
      // The download has begun by then.
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
      return Promise.resolve();
    },
    abort: async () => {
      parts = [];
      return Promise.resolve();
    },
  };
}
