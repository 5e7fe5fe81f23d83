import type { Problem } from "../../../../shared/error.ts";

/** What the gateway refused, or a job ended with: its problem document. */
export class Refused extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.name = "Refused";
    this.problem = problem;
  }
}

/** What a job, batch or item ended with. @param error as answers have it */
export function refusalIn(error: unknown): Refused {
  // The same document: the schema of answers says of fewer members what they are.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return new Refused(error as Problem);
}

/** The gateway that served this page, asked with a key. */
export class Gateway {
  readonly #key: string | undefined;
  readonly #onEnded: () => void;

  /**
   * @param key undefined where none is asked for @param onEnded hears that the gateway does not know the
   *   key, or not any more
   */
  constructor(key: string | undefined, onEnded: () => void = () => undefined) {
    this.#key = key;
    this.#onEnded = onEnded;
  }

  get hasKey(): boolean {
    return this.#key !== undefined;
  }

  /** Reads JSON. @param path as answers have it, `/v1/…` @throws {Refused} */
  async get<T>(path: string, signal?: AbortSignal): Promise<T> {
    return jsonOf(await this.ask(path, { ...(signal && { signal }) }));
  }

  /**
   * @param given headers, such as `if-match`
   * @returns what was answered, or undefined where there was nothing @throws {Refused}
   */
  async send<T>(
    method: string,
    path: string,
    body?: unknown,
    given: Readonly<Record<string, string>> = {},
  ): Promise<T | undefined> {
    const init: RequestInit = { method, headers: given };
    if (body !== undefined) {
      init.body = JSON.stringify(body);
      init.headers = { ...given, "content-type": "application/json" };
    }
    const response = await this.ask(path, init);
    return response.status === 204 ? undefined : jsonOf<T>(response);
  }

  /** @throws {Refused} for any answer that is no success; `TypeError` while nobody answers */
  async ask(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.#key !== undefined) headers.set("authorization", `Bearer ${this.#key}`);
    // Below where the page stands, also behind a proxy that adds a prefix.
    const response = await fetch(path.replace(/^\//, ""), { ...init, headers });
    if (response.status === 401) this.#onEnded();
    if (!response.ok)
      throw new Refused(await jsonOf<Problem>(response).catch(() => strange(response)));
    return response;
  }
}

async function jsonOf<T>(response: Response): Promise<T> {
  // The types are the gateway's own, of whose answers tests make sure.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return (await response.json()) as T;
}

/** Something between us and the gateway has answered. */
function strange({ status, statusText }: Response): Problem {
  const detail = `HTTP ${status} ${statusText}`.trim();
  return {
    type: "",
    title: "Not an answer of the gateway",
    status,
    detail,
    code: "internal",
    retryable: true,
  };
}
