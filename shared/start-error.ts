/** What keeps a process from its work and an operator can mend: its message is all they need. */
export class StartError extends Error {}
