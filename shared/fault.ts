/** One place in the request that is at fault: a JSON Pointer (RFC 6901) into the body. */
export interface Fault {
  readonly detail: string;
  readonly pointer?: string;
  /** Set instead of `pointer` for a fault in the query string or a header. */
  readonly parameter?: string;
  /** Set instead of `pointer` for a fault in a column of CSV. */
  readonly column?: string;
}

/** Most faults that a problem document lists. */
export const FAULTS_MAX = 100;
/** UTF-16 units of a fault's sentence, of the place it names, and of a problem's own sentence. */
const DETAIL_MAX = 300;
const PLACE_MAX = 400;
const SENTENCE_MAX = 2000;
/** UTF-16 units of JSON of all listed faults: quoted control characters are six each. */
const LIST_MAX = 32_768;

/** What a problem document says of what is wrong, whatever the client sent. */
export interface Shown {
  readonly detail: string;
  readonly faults: readonly Fault[];
}

/**
 * Cuts sentences, places and the list of faults to a size that an answer may have, and says how many
 * faults there are beyond those listed.
 *
 * @param unlisted faults that were found and are not in `faults`
 */
export function shown(sentence: string, faults: readonly Fault[], unlisted: number): Shown {
  const listed: Fault[] = [];
  let size = 0;
  for (const fault of faults.slice(0, FAULTS_MAX)) {
    const brief = briefly(fault);
    size += JSON.stringify(brief).length;
    if (size > LIST_MAX && listed.length > 0) break;
    listed.push(brief);
  }
  const more = unlisted + faults.length - listed.length;
  const detail = cut(sentence, SENTENCE_MAX);
  return { detail: more === 0 ? detail : `${detail} (and ${more} more)`, faults: listed };
}

function briefly({ detail, pointer, parameter, column }: Fault): Fault {
  return {
    detail: cut(detail, DETAIL_MAX),
    ...(pointer === undefined ? {} : { pointer: cut(pointer, PLACE_MAX) }),
    ...(parameter === undefined ? {} : { parameter: cut(parameter, PLACE_MAX) }),
    ...(column === undefined ? {} : { column: cut(column, PLACE_MAX) }),
  };
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)}…`.toWellFormed();
}
