/**
 * How many tokens of one text, or of each of a pair, remain when they may have `most` together: of a pair,
 * the longer one is cut first, and then both to halves. As `LongestFirst` of Hugging Face's `tokenizers`
 * does it (`truncate_encodings`, utils/truncation.rs), which is not used: it also makes every combination
 * of what it cuts off, and two long texts have millions of those.
 *
 * @param counts of a text, or of both of a pair, without special tokens
 */
export function keptCounts(counts: readonly number[], most: number): readonly number[] {
  const room = Math.max(0, most);
  const [first = 0, second] = counts;
  if (second === undefined) return [Math.min(first, room)];
  if (first + second <= room) return [first, second];
  const shorter = Math.min(first, second);
  const half = Math.floor(room / 2);
  const kept = shorter + Math.max(shorter, room - shorter) > room ? half : shorter;
  return first <= second ? [kept, room - kept] : [room - kept, kept];
}

/**
 * Positions of the tokens that remain, special ones all.
 *
 * @param sequences of each token, which text it is of: 0 or 1, or null for special ones
 * @param most tokens in all
 * @param side where texts are cut
 */
export function keptPositions(
  sequences: readonly (number | null)[],
  most: number,
  side: "right" | "left",
): readonly number[] {
  const own = [0, 1].map((text) => sequences.flatMap((it, i) => (it === text ? [i] : [])));
  const counts = own.map(({ length }) => length).slice(0, own[1]?.length === 0 ? 1 : 2);
  const special = sequences.length - counts.reduce((sum, count) => sum + count, 0);
  const kept = keptCounts(counts, most - special);
  const dropped = own.flatMap((positions, text) => {
    const count = kept[text] ?? 0;
    return side === "right"
      ? positions.slice(count)
      : positions.slice(0, Math.max(0, positions.length - count));
  });
  const gone = new Set(dropped);
  return sequences.flatMap((_, i) => (gone.has(i) ? [] : [i]));
}
