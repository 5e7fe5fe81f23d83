/** A request that costs more to refuse than it looks; each is answered with a problem all the same. */
export interface HostileBody {
  readonly name: string;
  readonly path: string;
  readonly type: string;
  /** Of about `bytes` bytes; those of small bodies take what their route takes. */
  readonly body: (bytes: number) => string;
  /** What a problem comes as, where that is not our own form: a dialect says it in its own. */
  readonly problem?: string;
}

const JSON_TYPE = "application/json";
const WINE = "/v1/models/wine/jobs";
const FAQ = "/v1/models/faq-javascript/jobs";
const IMAGE = "/v1/models/image-classification/jobs";
const SCRIPT = "/v1/models/script-example/jobs";
const TENSOR = "/v1/models/all-dtypes/jobs";
const BATCHES = "/v1/batches";

/** `part` again and again with commas between, as long as there is room. */
export function list(part: string, bytes: number): string {
  return Array.from({ length: Math.floor(bytes / (part.length + 1)) }, () => part).join(",");
}

/** Members, each with a name of its own. */
export function members(value: string, bytes: number): string {
  const count = Math.floor(bytes / (value.length + 11));
  return Array.from(
    { length: count },
    (_, i) => `"${i.toString(36).padStart(7, "k")}":${value}`,
  ).join(",");
}

export const around =
  (before: string, fill: (part: string, bytes: number) => string, part: string, after: string) =>
  (bytes: number): string =>
    before + fill(part, bytes) + after;

const small = (body: (bytes: number) => string) => (): string => body(60_000);

export const json = (name: string, path: string, body: HostileBody["body"]): HostileBody => ({
  name,
  path,
  type: JSON_TYPE,
  body,
});

const BOUNDARY = "b";
const FORM = `multipart/form-data; boundary=${BOUNDARY}`;
const part = (head: string): string =>
  `--${BOUNDARY}\r\nContent-Disposition: form-data; ${head}\r\n\r\n1\r\n`;

const parts =
  (head: (i: number) => string) =>
  (bytes: number): string => {
    const count = Math.floor(bytes / part(head(0)).length);
    return `${Array.from({ length: count }, (_, i) => part(head(i))).join("")}--${BOUNDARY}--\r\n`;
  };

/** By place: in a job of each pipeline, in batches by each kind of body, in what admins send, in dialects. */
export const HOSTILE_BODIES: readonly HostileBody[] = [
  json(
    "a table whose columns are numbers",
    WINE,
    around('{"inputs":{"columns":[', list, "1", "]}}"),
  ),
  json(
    "a table whose rows are numbers",
    WINE,
    around('{"inputs":{"columns":["alcohol"],"data":[', list, "1", "]}}"),
  ),
  json(
    "a table of empty rows",
    WINE,
    around('{"inputs":{"columns":["alcohol"],"data":[', list, "[]", "]}}"),
  ),
  json(
    "a table with a column many times",
    WINE,
    around('{"inputs":{"columns":[', list, '"alcohol"', '],"data":[[1]]}}'),
  ),
  json("a table with unknown members", WINE, around('{"inputs":{', members, "0", "}}")),
  json("a record with unknown members", WINE, around('{"input":{', members, "0", "}}")),
  json("a list of nulls", FAQ, around('{"inputs":[', list, "null", "]}")),
  json("a list of empty records", FAQ, around('{"inputs":[', list, "{}", "]}")),
  json("a list of empty lists", FAQ, around('{"inputs":[', list, "[]", "]}")),
  json("a text that is a list", FAQ, around('{"input":{"text":[', list, "0", "]}}")),
  json("unknown members", FAQ, around('{"input":{"text":"a"},', members, "null", "}")),
  json("unknown members of slashes", FAQ, (bytes) => `{"${"~/".repeat(bytes / 2)}":1}`),
  json(
    "unknown parameters",
    FAQ,
    around('{"input":{"text":"a"},"parameters":{', members, "0", "}}"),
  ),
  json(
    "metadata of nulls",
    FAQ,
    around('{"input":{"text":"a"},"metadata":{', members, "null", "}}"),
  ),
  json(
    "metadata of numbers",
    FAQ,
    around('{"input":{"text":"a"},"metadata":{', members, "1", "}}"),
  ),
  json(
    "metadata that is a list",
    FAQ,
    around('{"input":{"text":"a"},"metadata":[', list, "1", "]}"),
  ),
  json(
    "events that are none",
    FAQ,
    around('{"input":{"text":"a"},"webhook":{"events":[', list, "1", "]}}"),
  ),
  json(
    "timeouts nobody knows",
    FAQ,
    around('{"input":{"text":"a"},"timeouts":{', members, "1", "}}"),
  ),
  json(
    "a forbidden member behind a long list",
    FAQ,
    around('{"inputs":[', list, "1", '],"__proto__":1}'),
  ),
  json(
    "lists in lists",
    FAQ,
    around('{"inputs":[', list, `${"[".repeat(20)}${"]".repeat(20)}`, "]}"),
  ),
  json(
    "a data: URL of many parameters",
    IMAGE,
    around(
      '{"input":{"image":"data:image/png',
      (it, bytes) => it.repeat(bytes / it.length),
      ";a",
      '"}}',
    ),
  ),
  json(
    "a data: URL of one long type",
    IMAGE,
    around('{"input":{"image":"data:', (it, bytes) => it.repeat(bytes), "a", '"}}'),
  ),
  json(
    "base64 with a fault at its end",
    IMAGE,
    around('{"input":{"image":"', (it, bytes) => it.repeat(bytes), "A", '%"}}'),
  ),
  json("items of a script that are none", SCRIPT, around('{"input":{"grades":[', list, "1", "]}}")),
  json("unknown members of a script's input", SCRIPT, around('{"input":{', members, "1", "}}")),
  json(
    "a shape of a tensor",
    TENSOR,
    around('{"input":{"float32":{"datatype":"FP32","shape":[', list, "0.5", '],"data":[]}}}'),
  ),
  json("unknown members of a tensor", TENSOR, around('{"input":{"float32":{', members, "1", "}}}")),
  json("a tensor much too long", TENSOR, around('{"input":{"float32":[', list, "1", "]}}")),
  json(
    "items of a batch that are none",
    BATCHES,
    around('{"model":"wine","items":[', list, "1", "]}"),
  ),
  json("a batch of unknown members", BATCHES, around('{"model":"wine",', members, "1", "}")),
  json(
    "metadata of a batch",
    BATCHES,
    around('{"model":"wine","metadata":{', members, "null", "}}"),
  ),
  json(
    "parameters of a batch",
    BATCHES,
    around('{"model":"wine","parameters":{', members, "null", "}}"),
  ),
  json(
    "an item of unknown members",
    BATCHES,
    around('{"model":"wine","items":[{', members, "1", "}]}"),
  ),
  json("a source of a batch", BATCHES, around('{"model":"wine","source":{', members, "1", "}}")),
  {
    name: "a line of unknown members",
    path: BATCHES,
    type: "application/x-ndjson",
    body: around('{"batch":{"model":"wine"}}\n{', members, "1", "}\n"),
  },
  {
    name: "a first line of metadata",
    path: BATCHES,
    type: "application/x-ndjson",
    body: around('{"batch":{"model":"wine","metadata":{', members, "null", "}}}\n{}\n"),
  },
  {
    name: "a header of many columns",
    path: `${BATCHES}?model=wine`,
    type: "text/csv",
    body: around("", list, "a", "\n"),
  },
  {
    name: "a header of one column many times",
    path: `${BATCHES}?model=wine`,
    type: "text/csv",
    body: around("", list, "alcohol", "\n"),
  },
  {
    name: "a header of quotes",
    path: `${BATCHES}?model=wine`,
    type: "text/csv",
    body: around("", list, '""', "\n"),
  },
  {
    name: "a quote that is never closed",
    path: `${BATCHES}?model=wine`,
    type: "text/csv",
    body: (bytes) => `"${"\n".repeat(bytes)}`,
  },
  {
    name: "files of a form",
    path: IMAGE,
    type: FORM,
    body: parts(() => 'name="a"; filename="a"'),
  },
  {
    name: "fields of a form",
    path: IMAGE,
    type: FORM,
    body: parts((i) => `name="p${i}"`),
  },
  {
    name: "fields of a batch's form",
    path: `${BATCHES}?model=image-classification`,
    type: FORM,
    body: parts((i) => `name="p${i}"`),
  },
  json("scopes of a key", "/v1/keys", small(around('{"name":"a","scopes":[', list, "1", "]}"))),
  json("models of a key", "/v1/keys", small(around('{"name":"a","models":[', list, "1", "]}"))),
  json("unknown members of a key", "/v1/keys", small(around('{"name":"a",', members, "1", "}"))),
  json(
    "headers of an endpoint",
    "/v1/webhook-endpoints",
    small(around('{"url":"http://127.0.0.1:9","headers":{', members, '"a"', "}}")),
  ),
  json(
    "a schedule of an endpoint",
    "/v1/webhook-endpoints",
    small(around('{"url":"http://127.0.0.1:9","schedule_ms":[', list, "-1", "]}")),
  ),
  json(
    "events of an endpoint",
    "/v1/webhook-endpoints",
    small(around('{"url":"http://127.0.0.1:9","events":[', list, "1", "]}")),
  ),
  json(
    "parameters in a query",
    `${FAQ}?${Array.from({ length: 3000 }, (_, i) => `a${i}`).join("&")}`,
    small(around('{"inputs":[', list, "1", "]}")),
  ),
  {
    name: "parameters of a text in a query",
    path: `${FAQ}?${Array.from({ length: 2500 }, (_, i) => `a${i}`).join("&")}`,
    type: "text/plain",
    body: () => "a",
  },
  {
    name: "parameters of a batch in a query",
    path: `${BATCHES}?model=faq-javascript&${Array.from({ length: 2500 }, (_, i) => `a${i}`).join("&")}`,
    type: "text/csv",
    body: () => "text\na\n",
  },
];

/** A batch of records that is taken, of about so many bytes. */
export function legalBody(bytes: number): string {
  const item = `{"input":{"text":"${"how do I loop over an array ".repeat(9)}"}}`;
  return `{"model":"faq-javascript","items":[${list(item, bytes)}]}`;
}
