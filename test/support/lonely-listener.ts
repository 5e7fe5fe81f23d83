/**
 * What a lonely process talks to: `node lonely-listener.ts [NAME SERVER'S ADDRESS…] MODULE` answers
 * on those addresses that there is no such name, writes `asked NAME` for each question, and runs the
 * module as a child until its own standard input ends.
 */
import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";

const DNS_PORT = 53;
const HEAD_BYTES = 12;
const NO_SUCH_NAME = 0x8183;

const addresses = process.argv.slice(2, -1);
const main = process.argv.at(-1) ?? "";

for (const address of addresses) {
  const socket = createSocket("udp4");
  socket.on("message", (query, { port, address: from }) => {
    process.stdout.write(`asked ${nameIn(query)}\n`);
    const answer = Buffer.from(query);
    answer.writeUInt16BE(NO_SUCH_NAME, 2);
    socket.send(answer, port, from);
  });
  socket.bind(DNS_PORT, address);
  await once(socket, "listening");
}

const child = spawn(process.execPath, [main], { stdio: ["ignore", "inherit", "inherit"] });
process.stdin.resume().once("end", () => {
  child.kill("SIGKILL");
  process.exit();
});

function nameIn(query: Buffer): string {
  const labels: string[] = [];
  for (let at = HEAD_BYTES; query[at] !== undefined && query[at] !== 0;) {
    const end = at + 1 + (query[at] ?? 0);
    labels.push(query.toString("latin1", at + 1, end));
    at = end;
  }
  return labels.join(".");
}
