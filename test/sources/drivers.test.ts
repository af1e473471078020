/**
 * Lineup stands between the sockets and the drivers of MySQL and PostgreSQL by private parts of the drivers. So their
 * versions are exact, and here is what a new version must still do.
 */
import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Duplex } from 'node:stream';
import { createConnection } from 'mysql2';
import { Connection } from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { DriverParts } from '../../src/sources/mysql/client.ts';
import '../../src/sources/postgres/connection.ts';
import { greeting } from './support/hostile-mysql.ts';

const root = resolve(import.meta.dirname, '../..');
const json = (path: string) => JSON.parse(readFileSync(join(root, path), 'utf8'));

it.each(['mysql2', 'pg'])('%s has the exact version of package.json', (name) => {
  expect(json('package.json').dependencies[name]).toBe(json(`node_modules/${name}/package.json`).version);
});

/** A socket that goes nowhere. */
class Wire extends Duplex {
  readonly sent: Buffer[] = [];
  connect(..._: unknown[]): void {}
  setNoDelay(): void {}
  override _read(): void {}
  override _write(bytes: Buffer, _: string, done: () => void): void {
    this.sent.push(Buffer.from(bytes));
    done();
  }
}

describe('mysql2', () => {
  function connect(options: object = {}) {
    const wire = new Wire();
    const driver = createConnection({ stream: () => wire, user: 'reader', connectTimeout: 0, ...options });
    // Nothing of it may outlive the test: neither its timer nor the error about the end of a socket that goes nowhere.
    driver.on('error', () => {});
    onTestFinished(() => driver.destroy());
    return { wire, connection: driver as unknown as DriverParts };
  }

  it('gives all bytes to a packet parser that can be replaced, and counts packets where it can be read', () => {
    const { wire, connection } = connect();
    const { packetParser } = connection;
    const received: Buffer[] = [];
    connection.packetParser = { execute: (bytes) => received.push(bytes) };
    wire.emit('data', greeting());
    expect(Buffer.concat(received)).toEqual(greeting());
    expect(wire.sent).toEqual([]);
    expect(connection.sequenceId).toBe(0);

    packetParser.execute(greeting());
    // The packets 0, the greeting, and 1, the sign-in.
    expect(wire.sent.map((packet) => packet[3])).toEqual([1]);
    expect(connection.sequenceId).toBe(2);
  });

  it('begins TLS by a method that can be replaced, and then writes to the stream that it left', () => {
    const { wire, connection } = connect({ ssl: {} });
    const secure = new Wire();
    let begin = () => {};
    connection.startTLS = (done) => {
      begin = done;
    };
    connection.packetParser.execute(greeting('mysql_native_password', true));
    // A request for TLS, and no sign-in.
    expect(wire.sent.map(({ length }) => length)).toEqual([36]);
    expect(connection.stream).toBe(wire);
    connection.stream = secure as unknown as DriverParts['stream'];
    begin();
    expect(wire.sent).toHaveLength(1);
    expect(secure.sent.map((packet) => packet[3])).toEqual([2]);
  });
});

describe('pg', () => {
  class Watched extends Connection {
    readonly attached: Duplex[] = [];
    override attachListeners(stream: Duplex): void {
      this.attached.push(stream);
    }
    pass(source: EventEmitter): void {
      super.attachListeners(source as Duplex);
    }
  }

  it('takes its bytes only by a method that can be overridden', () => {
    const wire = new Wire();
    const connection = new Watched({ stream: () => wire } as never);
    // Missing in the types.
    (connection as unknown as Wire).connect(5432, '127.0.0.1');
    expect(connection.attached).toEqual([wire]);
    expect(wire.listenerCount('data')).toBe(0);

    const driver = new EventEmitter();
    connection.pass(driver);
    let ready = 0;
    connection.on('readyForQuery', () => {
      ready += 1;
    });
    driver.emit('data', Buffer.from('Z\0\0\0\x05I'));
    expect(ready).toBe(1);
  });
});
