import type { Locator, Page } from "playwright-core";

/** Presses a button and sees what the page says of it for some seconds: awaited from before the press on. */
export async function told(page: Page, text: string, button: Locator): Promise<void> {
  await Promise.all([page.getByText(text).waitFor(), button.click()]);
}
