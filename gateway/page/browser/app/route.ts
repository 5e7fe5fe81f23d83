/** What the page shows, as its fragment says it. */
export type Route =
  | { readonly page: "models"; readonly model: string | undefined; readonly tab: ModelTab }
  | { readonly page: ListPage; readonly id: string | undefined; readonly query: Query }
  | { readonly page: "queue"; readonly lane: string | undefined }
  | { readonly page: "endpoints"; readonly name: string | undefined }
  | { readonly page: "keys" }
  | { readonly page: "processes" }
  | { readonly page: "nowhere" };

/** A list, and one of it. */
export type ListPage = "batches" | "jobs" | "deliveries";

/** What is chosen on a page, such as a filter: it stands in the fragment, and Back takes it back. */
export type Query = Readonly<Record<string, string>>;

export const modelTabs = ["try", "card", "versions", "api"] as const;
export type ModelTab = (typeof modelTabs)[number];

/** Reads a fragment, `#/models/wine/card` or `#/jobs?status=failed`. */
export function routeOf(fragment: string): Route {
  const [path = "", search = ""] = fragment.split("?");
  const [, page = "", name = "", tab = "try"] = path.split("/").map(decoded);
  const id = name === "" ? undefined : name;
  if (page === "" || page === "models") {
    const known = modelTabs.find((it) => it === tab);
    return known === undefined ? { page: "nowhere" } : { page: "models", model: id, tab: known };
  }
  if (page === "batches" || page === "jobs" || page === "deliveries") {
    return { page, id, query: Object.fromEntries(new URLSearchParams(search)) };
  }
  if (page === "queue") return { page, lane: id };
  if (page === "keys" || page === "processes") return { page };
  if (page === "endpoints") return { page, name: id };
  return { page: "nowhere" };
}

/** The fragment of a model's page. */
export function modelLink(model: string, tab: ModelTab = "try"): string {
  return `#/models/${model}${tab === "try" ? "" : `/${tab}`}`;
}

/** The fragment of a list, with what is chosen there; what is empty is not chosen. */
export function listLink(page: ListPage, query: Query): string {
  const chosen = Object.entries(query).filter(([, text]) => text !== "");
  const search = new URLSearchParams(chosen).toString();
  return `#/${page}${search === "" ? "" : `?${search}`}`;
}

/** The page's title in the browser. */
export function titleOf(route: Route): string {
  return `${subjectOf(route)} · Scoreline`;
}

function subjectOf(route: Route): string {
  switch (route.page) {
    case "models":
      return route.model ?? "Models";
    case "batches":
      return route.id ?? "Batches";
    case "jobs":
      return route.id ?? "Jobs";
    case "queue":
      return route.lane ?? "Queue";
    case "endpoints":
      return route.name ?? "Endpoints";
    case "deliveries":
      return route.id ?? "Deliveries";
    case "keys":
      return "Keys";
    case "processes":
      return "Processes";
    case "nowhere":
      return "Not found";
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
