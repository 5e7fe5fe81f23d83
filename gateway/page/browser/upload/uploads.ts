import { Upload, type UploadOptions } from "./upload.ts";

/** The uploads of this tab, which go on while its person looks at other pages. */
export class Uploads {
  readonly #byBatch = new Map<string, Upload>();

  /** The upload of a batch, if it runs here or has stopped here. */
  of(id: string): Upload | undefined {
    return this.#byBatch.get(id);
  }

  /** Begins one, in place of any earlier one of its batch. */
  start(options: UploadOptions): Upload {
    this.#byBatch.get(options.id)?.stop();
    const upload = new Upload(options);
    this.#byBatch.set(upload.id, upload);
    void upload.run();
    return upload;
  }

  /** Whether leaving the page would end one. */
  get areBusy(): boolean {
    return [...this.#byBatch.values()].some(({ isBusy }) => isBusy);
  }
}
