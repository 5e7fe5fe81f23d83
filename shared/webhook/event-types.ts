/** What webhooks tell of, and the letter that stands for each in Redis. */
export const eventLetters = {
  "job.started": "s",
  "job.progress": "p",
  "job.succeeded": "S",
  "job.failed": "F",
  "job.canceled": "C",
  "job.expired": "E",
  "batch.progress": "P",
  "batch.results": "R",
  "batch.completed": "B",
  "webhook.ping": "g",
} as const;

export type EventType = keyof typeof eventLetters;

/** All of them, in this order. */
export const eventTypes: readonly EventType[] = Object.keys(eventLetters).filter(isEventType);

const LETTER_TO_TYPE = new Map<string, EventType>(eventTypes.map((it) => [eventLetters[it], it]));

const TERMINAL = ["job.succeeded", "job.failed", "job.canceled", "job.expired"] as const;

/** What may also be asked for. Replicate's users know the last four. */
const ALIASES: Readonly<Record<string, readonly EventType[]>> = {
  "job.completed": TERMINAL,
  start: ["job.started"],
  output: ["job.progress"],
  logs: ["job.progress"],
  completed: [...TERMINAL, "batch.completed"],
};

/** Every word that a subscription may name; pings come to whom they are sent. */
export const subscribable: readonly string[] = [
  ...eventTypes.filter((type) => type !== "webhook.ping"),
  ...Object.keys(ALIASES),
];

function isEventType(text: string): text is EventType {
  return Object.hasOwn(eventLetters, text);
}

/** @returns the types that a word stands for (`job.completed` for four); undefined for an unknown word */
export function typesNamed(word: string): readonly EventType[] | undefined {
  if (Object.hasOwn(ALIASES, word)) return ALIASES[word];
  return isEventType(word) && word !== "webhook.ping" ? [word] : undefined;
}

/** @throws when no type has this letter */
export function typeOf(letter: string): EventType {
  const type = LETTER_TO_TYPE.get(letter);
  if (type === undefined) throw new TypeError(`no event has the letter ${letter}`);
  return type;
}
