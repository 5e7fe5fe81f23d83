import { z } from "zod";
import { ask } from "./client.ts";

const schema = z.looseObject({
  status: z.string(),
  runs_on: z.array(
    z.object({
      provider: z.string(),
      device: z.string().nullable(),
      nodes: z.object({ placed: z.number(), all: z.number() }).nullable(),
      workers: z.number(),
    }),
  ),
});

/** What `GET /v1/models/{model}` says of where a model runs. @param url of the gateway */
export async function runsOn(url: string, model: string): Promise<z.infer<typeof schema>> {
  return schema.parse(await (await ask(`${url}/v1/models/${model}`)).json());
}
