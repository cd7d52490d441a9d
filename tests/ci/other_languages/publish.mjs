// A publisher in another language: nats.js, its own account, one subject per event type.
// Events come as NDJSON on standard input; each answer goes out as a line. `"ask": false` publishes
// without waiting for an answer, as the simplest systems do.
import { createInterface } from "node:readline";
import { connect } from "@nats-io/transport-node";

const nc = await connect({
  servers: process.env.NATS_URL,
  user: process.env.NATS_USER,
  pass: process.env.NATS_PASSWORD,
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
