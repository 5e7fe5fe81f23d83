/** What the banner needs to know. */
export interface BannerFacts {
  readonly url: string;
  /** The photograph's path as the person's shell sees it; null when there is no such model. */
  readonly photo: string | null;
  readonly hasFaq: boolean;
}

/** The address a person can type: a server on all interfaces is reached on the loopback one. */
export function publicUrl(host: string, port: number): string {
  const reachable = { "0.0.0.0": "127.0.0.1", "::": "::1" }[host] ?? host;
  return `http://${reachable.includes(":") ? `[${reachable}]` : reachable}:${port}`;
}

/** What stands on the screen when all is ready: lines to copy and paste. */
export function banner({ url, photo, hasFaq }: BannerFacts): string {
  const lines = [`Scoreline is ready: ${url}`, ""];
  if (photo !== null) lines.push("Score a photo:", `  ${photoCurl(url, photo)}`, "");
  if (hasFaq) lines.push("Score a question:", `  ${questionCurl(url)}`, "");
  lines.push(`API description: curl -s ${url}/openapi.json`, "Ctrl-C stops everything.");
  return `\n${lines.join("\n")}\n\n`;
}

function photoCurl(url: string, photo: string): string {
  const jobs = `${url}/v1/models/image-classification/jobs`;
  return `curl -s -H 'Prefer: wait=30' -H 'Content-Type: image/jpeg' --data-binary @${photo} ${jobs}`;
}

/** Not curl's --json, which Debian 11 and other long-lived systems do not have. */
function questionCurl(url: string): string {
  const body = JSON.stringify({ input: { text: "how do i clone an array" } });
  const jobs = `${url}/v1/models/faq-javascript/jobs`;
  return `curl -s -H 'Prefer: wait=30' -H 'Content-Type: application/json' -d '${body}' ${jobs}`;
}
