import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

/**
 * For a list of links that is a strip where the page is narrow: it shows the one that is open, in its
 * middle, when another is, and when the page is made narrower.
 *
 * @param open changes with what is open
 */
export function useStrip(open: unknown): RefObject<HTMLElement | null> {
  const strip = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    const show = (): void => {
      if (strip.current) showCurrent(strip.current);
    };
    show();
    addEventListener("resize", show);
    return () => removeEventListener("resize", show);
  }, [open]);
  return strip;
}

function showCurrent(strip: HTMLElement): void {
  const current = strip.querySelector<HTMLElement>("[aria-current]");
  if (current === null) return;
  strip.scrollLeft +=
    current.getBoundingClientRect().left -
    strip.getBoundingClientRect().left -
    (strip.clientWidth - current.offsetWidth) / 2;
}
