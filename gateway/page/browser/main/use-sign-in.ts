import { useEffect, useState } from "preact/hooks";
import { arrivalIn, type Arrival } from "../app/arrival.ts";
import { errorOf } from "../app/error-of.ts";
import { Gateway } from "../app/gateway.ts";
import { comeBack, type Issuer } from "../app/issuer.ts";
import { keptInTab } from "../app/session.ts";

const session = keptInTab("scoreline-key");

export interface SignInState {
  /** What is sent as `Bearer`: a key, or a token. */
  readonly key: string | undefined;
  /** Somebody comes by a link, or from the issuer, and is about to be signed in. */
  readonly isArriving: boolean;
  /** Why nobody is signed in. */
  readonly notice: string | undefined;
  readonly signIn: (key: string) => void;
  readonly signOut: (notice?: string) => void;
}

/** Who looks at the page: by the key of this tab, or what they come with. */
export function useSignIn(issuer: Issuer | undefined): SignInState {
  const [key, setKey] = useState(session.read());
  const [notice, setNotice] = useState<string>();
  const [isArriving, setArriving] = useState(arrivalIn(location.hash) !== undefined);
  const signIn = (given: string): void => {
    session.keep(given);
    setNotice(undefined);
    setKey(given);
  };
  const signOut = (why?: string): void => {
    session.forget();
    setNotice(why);
    setKey(undefined);
  };
  useEffect(() => {
    const look = async (): Promise<void> => {
      const arrival = arrivalIn(location.hash);
      if (arrival === undefined) return;
      setArriving(true);
      // Out of the address and the history first: what it holds works once.
      goTo("#/models");
      try {
        const { token, back } = await tokenFor(arrival, issuer);
        goTo(back);
        signIn(token);
      } catch (error) {
        signOut(errorOf(error).message);
      }
      setArriving(false);
    };
    const onChange = (): void => void look();
    onChange();
    addEventListener("hashchange", onChange);
    return () => removeEventListener("hashchange", onChange);
  }, []);
  return { key, isArriving, notice, signIn, signOut };
}

async function tokenFor(arrival: Arrival, issuer: Issuer | undefined) {
  if (arrival.from === "link") {
    const made = await new Gateway(undefined).send<{ readonly access_token: string }>(
      "POST",
      "/v1/sign-ins",
      { code: arrival.code },
    );
    return { token: made?.access_token ?? "", back: "#/models" };
  }
  if (issuer === undefined) throw new Error("This gateway has no issuer of users any more.");
  return comeBack(issuer, arrival.answer);
}

/** Whoever follows the address hears of it. */
function goTo(fragment: string): void {
  history.replaceState(null, "", fragment);
  dispatchEvent(new HashChangeEvent("hashchange"));
}
