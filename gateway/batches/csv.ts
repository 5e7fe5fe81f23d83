/** A field of CSV: undefined and null are nothing at all, an empty text is `""`. */
export type CsvField = string | number | boolean | null | undefined;

/** One record by RFC 4180, with its CRLF. */
export function csvRecord(fields: readonly CsvField[]): string {
  return `${fields.map((field) => csvField(field)).join(",")}\r\n`;
}

function csvField(field: CsvField): string {
  if (field === undefined || field === null) return "";
  const text = String(field);
  return text === "" || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
