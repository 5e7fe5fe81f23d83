/** The words of a text, for lists of many. */
export function words(text: string): readonly string[] {
  return text.trim().split(/[ \n]+/);
}
