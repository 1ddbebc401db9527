// A client of Fluentd: each line of standard input is a number, sent as an event; standard output
// tells which were acknowledged. usage: node fluent_client.js HOST PORT MODE [KEY]
const readline = require('node:readline');
const { FluentClient } = require('@fluent-org/logger');

const [host, port, eventMode, sharedKey] = process.argv.slice(2);
const patience = 300 * 1000;
const client = new FluentClient('app', {
  eventMode,
  socket: { host, port: Number(port), timeout: patience },
  ack: { ackTimeout: patience },
  ...(sharedKey && { security: { clientHostname: 'client.local', sharedKey } }),
});
readline.createInterface({ input: process.stdin }).on('line', (line) => {
  client.emit('node', { n: Number(line) }).then(
    () => console.log(line),
    (error) => { console.error(error); process.exit(1); });
}).on('close', () => client.flush());
