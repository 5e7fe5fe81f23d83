/** What the page shows, as its fragment says it. */
export type Route =
  | { readonly page: "models"; readonly model: string | undefined; readonly tab: ModelTab }
  | { readonly page: "jobs"; readonly id: string | undefined }
  | { readonly page: "queue" }
  | { readonly page: "endpoints"; readonly name: string | undefined }
  | { readonly page: "deliveries"; readonly id: string | undefined }
  | { readonly page: "keys" }
  | { readonly page: "nowhere" };

export const modelTabs = ["try", "card", "versions", "api"] as const;
export type ModelTab = (typeof modelTabs)[number];

/** Reads a fragment, `#/models/wine/card`. */
export function routeOf(fragment: string): Route {
  const [, page = "", name = "", tab = "try"] = fragment.split("/").map(decoded);
  const id = name === "" ? undefined : name;
  if (page === "" || page === "models") {
    const known = modelTabs.find((it) => it === tab);
    return known === undefined ? { page: "nowhere" } : { page: "models", model: id, tab: known };
  }
  if (page === "jobs") return { page, id };
  if (page === "queue" || page === "keys") return { page };
  if (page === "endpoints") return { page, name: id };
  if (page === "deliveries") return { page, id };
  return { page: "nowhere" };
}

/** The fragment of a model's page. */
export function modelLink(model: string, tab: ModelTab = "try"): string {
  return `#/models/${model}${tab === "try" ? "" : `/${tab}`}`;
}

/** The page's title in the browser. */
export function titleOf(route: Route): string {
  return `${subjectOf(route)} · Scoreline`;
}

function subjectOf(route: Route): string {
  switch (route.page) {
    case "models":
      return route.model ?? "Models";
    case "jobs":
      return route.id ?? "Jobs";
    case "queue":
      return "Queue";
    case "endpoints":
      return route.name ?? "Endpoints";
    case "deliveries":
      return route.id ?? "Deliveries";
    case "keys":
      return "Keys";
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
