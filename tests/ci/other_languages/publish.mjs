// A publisher in another language: nats.js, its own account, one subject per event type.
// Events come as NDJSON on standard input; each answer goes out as a line. `"ask": false` publishes
// without waiting for an answer, as the simplest systems do.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { connect, nkeyAuthenticator } from "@nats-io/transport-node";

const nc = await connect({
  servers: process.env.NATS_URL,
  authenticator: nkeyAuthenticator(readFileSync(process.env.NATS_NKEY_FILE)),
});

for await (const line of createInterface({ input: process.stdin })) {
  const { ask, event } = JSON.parse(line);
  const subject = `submit.${event.type}`;
  if (ask) {
    const answer = await nc.request(subject, JSON.stringify(event), { timeout: 10_000 });
    console.log(answer.string());
  } else {
    nc.publish(subject, JSON.stringify(event));
    await nc.flush();
  }
}
await nc.drain();
