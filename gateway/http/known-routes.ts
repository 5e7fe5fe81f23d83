import type { Result, Router } from "hono/router";
import { TrieRouter } from "hono/router/trie-router";

/** Paths that are remembered, and how long each may be. */
const PATHS_MAX = 1000;
const PATH_LENGTH_MAX = 100;

/** Hono's router, which looks for a path once: most requests are for jobs of a few models. */
export class KnownRoutes<T> implements Router<T> {
  name = "KnownRoutes";
  readonly #router = new TrieRouter<T>();
  readonly #known = new Map<string, Result<T>>();

  add(method: string, path: string, handler: T): void {
    this.#router.add(method, path, handler);
    this.#known.clear();
  }

  match(method: string, path: string): Result<T> {
    const request = `${method} ${path}`;
    const known = this.#known.get(request);
    if (known !== undefined) return known;
    const found = this.#router.match(method, path);
    if (request.length > PATH_LENGTH_MAX) return found;
    if (this.#known.size === PATHS_MAX) this.#known.clear();
    this.#known.set(request, found);
    return found;
  }
}
