/** Does what a form is for, in place of the browser. */
export function submitting(act: () => void): (event: Event) => void {
  return (event) => {
    event.preventDefault();
    act();
  };
}

/** What stands in the field that an event is about. */
export function textIn({ currentTarget: field }: Event): string {
  const isField =
    field instanceof HTMLInputElement ||
    field instanceof HTMLTextAreaElement ||
    field instanceof HTMLSelectElement;
  return isField ? field.value : "";
}
