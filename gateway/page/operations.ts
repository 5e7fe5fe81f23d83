import { z } from "zod";
import { ScoringError } from "../../shared/error.ts";
import { jsonAnswer } from "../http/answers.ts";
import { headerOf } from "../http/header.ts";
import {
  fileAnswers,
  freshAnswer,
  routes,
  unchanged,
  type Handler,
} from "../http/openapi/operation.ts";
import { header, ifNoneMatchParameter, pathParameter } from "../http/openapi/parameters.ts";
import { named, ref } from "../http/openapi/parts.ts";
import type { Room } from "../http/openapi/room.ts";
import { prefersHtml } from "./accept.ts";
import type { WebPage } from "./web-page.ts";
import { CODE } from "../../shared/installed.ts";

/** Where things are. */
export const indexSchema = z.strictObject({
  name: z.literal("scoreline"),
  models: z.string(),
  openapi: z.string(),
  docs: z.string(),
  errors: z.string(),
  health: z.string(),
  readiness: z.string(),
  metrics: z.string(),
});

type Index = z.infer<typeof indexSchema>;

const INDEX: Index = {
  name: "scoreline",
  models: "/v1/models",
  openapi: "/openapi.json",
  docs: "/docs",
  errors: "/docs/errors",
  health: "/healthz",
  readiness: "/readyz",
  metrics: "/metrics",
};

export interface PageServices {
  readonly page: WebPage;
}

/** `GET /`: a page for people, and for programs where things are. */
const index: Handler<PageServices> = (c, { page }) =>
  prefersHtml(headerOf(c, "accept"))
    ? page.html.answer(c)
    : jsonAnswer(INDEX, 200, { vary: "accept" });

/** `GET /page/{folder}/{name}` */
const pageFile: Handler<PageServices> = async (c, { page }) => {
  const found = await page.files.find(`${c.req.param("folder")}/${c.req.param("name")}`);
  if (found === undefined) throw new ScoringError("not_found", "The page has no such file.");
  return found.answer(c);
};

const route = routes({ tag: "Service", scope: "open" });

/** The page at `/`. */
export const pageRoom: Room<PageServices> = {
  answers: { Index: indexSchema },
  operations: [
    route.get("/", index, {
      summary: "A page for people; for programs, links",
      description: "Browsers, whose `Accept` names `text/html`, get the page; everybody else JSON.",
      parameters: [
        header("Accept", { description: "What the answer may be.", example: "text/html" }),
        ifNoneMatchParameter,
      ],
      answers: {
        200: freshAnswer(
          "Paths, or the page.",
          {
            "application/json": { schema: ref("Index"), examples: named({ index: INDEX }) },
            "text/html": { schema: { type: "string" } },
          },
          ["IndexETag", "IndexReferrerPolicy"],
        ),
        304: unchanged(["PageCacheControl", "PageETag", "Referrer-Policy"]),
      },
    }),
    route.get("/page/{folder}/{name}", pageFile, {
      summary: "A file of the page",
      parameters: [
        pathParameter("folder", "Its folder.", "main"),
        pathParameter("name", "Its name.", `main${CODE}`),
        ifNoneMatchParameter,
      ],
      answers: fileAnswers(["text/javascript", "text/css", "image/svg+xml"]),
      fails: ["not_found"],
    }),
  ],
};
