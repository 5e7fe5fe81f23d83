import { Gateway } from "../http/gateway.ts";
import { answerOptions } from "../http/options.ts";
import { signInCodeSchema, signInLink } from "../start/sign-in-link.ts";
import type { Command } from "../terminal/command.ts";
import { show } from "../terminal/show.ts";

/** `sign-in`: a link to the page that signs in once. */
export const signIn: Command = {
  name: "sign-in",
  usage: "",
  summary: "Prints a link that signs you in to the page, once.",
  about: `The page at the gateway's address asks for a key. The link has a code in its
place: it may do what the key may, for 8 hours, and works once, within 10
minutes. The link before it is of no use any more.`,
  options: answerOptions,
  examples: ["sign-in", "sign-in --url https://scoreline.example.com"],
  async run(given, shell) {
    const gateway = new Gateway(given, shell);
    const request = { path: "/v1/sign-in-codes", method: "POST" };
    const code = await gateway.json(request, signInCodeSchema);
    show(code, [signInLink(gateway.url, code.code)], given, shell);
  },
};
