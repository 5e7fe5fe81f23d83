import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { BatchObject } from "../../../batches/batch-schema.ts";
import { browserNowMs } from "../app/clock.ts";
import { bytes, count, duration } from "../app/figures.ts";
import type { Gateway } from "../app/gateway.ts";
import { html } from "../app/html.ts";
import { Track } from "../pieces/bars.ts";
import { Button } from "../pieces/button.ts";
import { ProblemNote } from "../pieces/problem.ts";
import type { Place, Source } from "../upload/source.ts";
import type { Upload } from "../upload/upload.ts";
import type { Uploads } from "../upload/uploads.ts";
import { SourceDrop } from "./source-drop.ts";

interface UploadCardProps {
  readonly gateway: Gateway;
  /** Open for uploads. */
  readonly batch: BatchObject;
  readonly uploads: Uploads;
}

/** How far the upload of an open batch is, what stopped it, and how it goes on. */
export function UploadCard({ gateway, batch, uploads }: UploadCardProps): ComponentChildren {
  const upload = uploads.of(batch.id);
  useCourse(upload);
  const { id, received } = batch;
  const start = (source: Source): void => {
    uploads.start({ gateway, id, source, isLenient: false });
  };
  if (upload === undefined) {
    return html`<section class="card" aria-label="Upload">
      <h2>Upload</h2>
      <p>
        It has <b class="num">${count(received)}</b> items and waits for more. If nobody else is
        sending them, choose the same file or folder again: what is there already is skipped.
      </p>
      <${SourceDrop} onSource=${start}><p>Drop the rest here.</p><//>
    </section>`;
  }
  const { source, sent, course } = upload;
  return html`<section class="card" aria-label="Upload">
    <h2>Upload of ${source.name}</h2>
    <p role="status">
      <b class="num">${bytes(sent.byte)}</b> of <span class="num"> ${bytes(source.bytes)}</span>,
      <span class="num"> ${count(sent.item)}</span> items${courseText(upload)}
    </p>
    <${Track} share=${source.bytes === 0 ? 0 : sent.byte / source.bytes} />
    ${course.is === "waiting" && html`<p class="fault">${course.why.message}</p>`}
    ${course.is === "stopped" && html`<${Stopped} upload=${upload} why=${course.why} place=${course.place} onSource=${start} />`}
    ${upload.isBusy && html`<div class="dropbar"><${Button} onClick=${() => upload.stop()}>Stop<//></div>`}
  </section>`;
}

function courseText({ course }: Upload): string {
  if (course.is === "waiting") {
    const ms = Math.max(0, course.untilMs - browserNowMs());
    return `. The connection is lost; what is there stays. Next try in ${duration(Math.max(ms, 100))}.`;
  }
  return course.is === "stopped" ? ". It has stopped." : ".";
}

interface StoppedProps {
  readonly upload: Upload;
  readonly why: Error;
  readonly place: Place | undefined;
  readonly onSource: (source: Source) => void;
}

/** What was at fault, where, and the ways to go on. */
function Stopped({ upload, why, place, onSource }: StoppedProps): ComponentChildren {
  const [isChoosing, setChoosing] = useState(false);
  const goOn = (): void => void upload.run();
  const lenient = (): void => {
    upload.beLenient();
    goOn();
  };
  const first =
    place === undefined
      ? html`<button type="button" class="btn" onClick=${goOn}>Go on</button>`
      : place.isItem &&
        html`<button type="button" class="btn" onClick=${lenient}>
          Let bad items fail alone
        </button>`;
  return html`${place !== undefined && html`<p class="place"><b>${place.text}</b> was refused. What stands before it is uploaded.</p>`}
    <${ProblemNote} error=${why} />
    <div class="dropbar">
      ${first}
      <${Button} look="quiet" onClick=${() => setChoosing(true)}>Choose the mended file<//>
    </div>
    ${isChoosing && html`<${SourceDrop} onSource=${onSource}><p>Drop it here: it goes on behind what is there.</p><//>`}`;
}

const EVERY_MS = 1000;

/** Shows each change of an upload, and how a wait runs out. */
function useCourse(upload: Upload | undefined): void {
  const [, setTurn] = useState(0);
  useEffect(() => {
    const look = (): void => setTurn((last) => last + 1);
    const leave = upload?.listen(look);
    const timer = setInterval(() => {
      if (upload?.course.is === "waiting") look();
    }, EVERY_MS);
    return () => {
      leave?.();
      clearInterval(timer);
    };
  }, [upload]);
}
