import { ScoringError } from "../error.ts";
import type { JobLimits, Overdue } from "./limits.ts";
import { failure, type Outcome } from "./outcome.ts";

/** How a job ends whose deadline has passed. */
export function overdueOutcome(passed: Overdue, limits: JobLimits): Outcome {
  switch (passed) {
    case "start": {
      const message = `No worker started the job within ${limits.startMs} ms.`;
      return failure(new ScoringError("start_timeout", message), undefined, "expired");
    }
    case "attempt": {
      const message = `The attempt did not end within ${limits.attemptMs} ms.`;
      return failure(new ScoringError("attempt_timeout", message));
    }
    case "total": {
      const message = `The job did not end within ${limits.totalMs} ms.`;
      return failure(new ScoringError("deadline_exceeded", message), undefined, "expired");
    }
  }
}
