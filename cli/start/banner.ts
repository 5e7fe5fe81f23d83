import type { CallBody } from "../../gateway/page/browser/call/call.ts";
import { curlCall } from "../../gateway/page/browser/call/curl.ts";

/** What the banner needs to know. */
export interface BannerFacts {
  readonly url: string;
  /** The photograph's path as the person's shell sees it; null when there is no such model. */
  readonly photo: string | null;
  readonly hasFaq: boolean;
  /** The key's file as the person's shell sees it; null when nobody is asked for a key. */
  readonly keyFile: string | null;
  /** Opens the page, signed in; undefined where nobody signs in, or the link must not be written. */
  readonly link: string | undefined;
  /** Whether webhooks may go to this machine. */
  readonly hasReceiversHere: boolean;
}

/** The address a person can type: a server on all interfaces is reached on the loopback one. */
export function publicUrl(host: string, port: number): string {
  const reachable = { "0.0.0.0": "127.0.0.1", "::": "::1" }[host] ?? host;
  return `http://${reachable.includes(":") ? `[${reachable}]` : reachable}:${port}`;
}

/** What stands on the screen when all is ready: lines to copy and paste. */
export function banner(facts: BannerFacts): string {
  const { url, photo, hasFaq, keyFile, hasReceiversHere } = facts;
  const lines = [`Scoreline is ready: ${url}`, ""];
  if (keyFile === null) lines.push(...OPEN, "");
  lines.push(...pageLines(facts), "");
  if (photo !== null) lines.push("Score a photo:", `  ${photoCurl(facts, photo)}`, "");
  if (hasFaq) lines.push("Score a question:", `  ${questionCurl(facts)}`, "");
  if (hasReceiversHere) lines.push(...RECEIVERS_HERE, "");
  lines.push("Add a model of your own: npx scoreline models add model.onnx");
  lines.push(`API description: curl -s ${url}/openapi.json`, "Ctrl-C stops everything.");
  return `\n${lines.join("\n")}\n\n`;
}

function pageLines({ url, keyFile, link }: BannerFacts): readonly string[] {
  if (keyFile === null) return ["Open the page, and try the models:", `  ${url}/`];
  const other = "npx scoreline sign-in";
  if (link === undefined) return ["Get a link that opens the page, signed in:", `  ${other}`];
  return [
    "Open the page, signed in, and try the models:",
    `  ${link}`,
    `The link works once, for 10 minutes. Another: ${other}`,
  ];
}

const RECEIVERS_HERE = [
  "Webhooks may go to this machine (127.0.0.0/8, ::1), by http, not to our own ports;",
  "WEBHOOK_ALLOW, WEBHOOK_HTTP and WEBHOOK_PORTS say otherwise.",
];

const OPEN = [
  "AUTH=off: NOBODY IS ASKED FOR A KEY. Whoever reaches this port may score, read and",
  "cancel everything. Leave AUTH away to have keys asked for.",
];

function photoCurl(facts: BannerFacts, photo: string): string {
  return curl(facts, "image-classification", {
    kind: "file",
    path: photo,
    mediaType: "image/jpeg",
  });
}

function questionCurl(facts: BannerFacts): string {
  const json = { input: { text: "how do i clone an array" } };
  return curl(facts, "faq-javascript", { kind: "json", json });
}

/** On one line, to be copied. */
function curl({ url, keyFile }: BannerFacts, model: string, body: CallBody): string {
  const key =
    keyFile === null ? ({ from: "nowhere" } as const) : ({ from: "file", path: keyFile } as const);
  return curlCall({ url, model, key, body }).join(" ");
}
