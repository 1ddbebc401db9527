"""A TCP proxy that misbehaves as networks do. One event loop on a thread of its own.

    proxy = TcpProxy("127.0.0.1:3515")    # listens at proxy.address
    proxy.reset_after(1000, FORTH)        # cuts the connection in the middle of a frame
    proxy.stall(BACK)                     # acknowledgements do not come through
    proxy.heal()

FORTH is from the client to the target, BACK from the target to the client. What a stalled direction does not
read fills the buffers of the system, and then of its sender. Threading: every method from any thread.
"""
import asyncio
import socket
import struct
import threading

FORTH, BACK = "forth", "back"
DIRECTIONS = (FORTH, BACK)
READ_BYTES = 1 << 16
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Connection:
    """Two sockets and the task of each direction. Belongs to the proxy's loop."""

    def __init__(self, client, target):
        self.sockets = {FORTH: (client, target), BACK: (target, client)}
        self.tasks = []

    async def end(self, reset):
        for task in self.tasks:
            task.cancel()
        # A descriptor is closed, and its number free again, only once nobody waits for it.
        await asyncio.gather(*self.tasks, return_exceptions=True)
        for end in self.sockets[FORTH]:
            if reset and end.fileno() >= 0:
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            end.close()


class TcpProxy:
    def __init__(self, target, port=0):
        host, target_port = target.rsplit(":", 1)
        self.target = (host, int(target_port))
        self._loop = asyncio.new_event_loop()
        self._connections = set()
        self._tasks = set()  # that connect and that end connections: the loop itself keeps none alive
        self._refusing = False
        self._delay = dict.fromkeys(DIRECTIONS, 0.0)
        self._reset_after = dict.fromkeys(DIRECTIONS)  # bytes still let through
        self._flowing = {}
        self._passed = dict.fromkeys(DIRECTIONS, 0)
        self._resets = 0
        self._listener = socket.create_server(("127.0.0.1", port), backlog=128)
        self._listener.setblocking(False)
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._call(self._start)

    def _run(self):
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.close()

    def _call(self, function, *args):
        """Runs it on the loop and waits for it."""
        async def run():
            return function(*args)
        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(30.0)

    def _start(self):
        for direction in DIRECTIONS:
            self._flowing[direction] = asyncio.Event()
            self._flowing[direction].set()
        self._accepting = self._loop.create_task(self._accept())

    def _spawn(self, coroutine):
        task = self._loop.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _accept(self):
        while True:
            client, _ = await self._loop.sock_accept(self._listener)
            client.setblocking(False)
            if self._refusing:
                client.close()
                continue
            self._spawn(self._connect(client))

    async def _connect(self, client):
        target = socket.socket()
        target.setblocking(False)
        connected = False
        try:
            await self._loop.sock_connect(target, self.target)
            connected = not self._refusing  # a partition may have come meanwhile
        except OSError:
            pass
        if not connected:
            client.close()
            target.close()
            return
        for end in (client, target):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = Connection(client, target)
        self._connections.add(connection)
        connection.tasks = [self._loop.create_task(self._pump(connection, direction))
                            for direction in DIRECTIONS]

    async def _pump(self, connection, direction):
        source, sink = connection.sockets[direction]
        try:
            while True:
                await self._flowing[direction].wait()
                limit = self._reset_after[direction]
                data = await self._loop.sock_recv(source, READ_BYTES if limit is None
                                                  else min(READ_BYTES, max(1, limit)))
                if not data:
                    sink.shutdown(socket.SHUT_WR)
                    return
                if self._delay[direction]:
                    await asyncio.sleep(self._delay[direction])
                await self._flowing[direction].wait()
                if self._reset_after[direction] is not None:
                    data = data[:self._reset_after[direction]]
                    self._reset_after[direction] -= len(data)
                await self._loop.sock_sendall(sink, data)
                self._passed[direction] += len(data)
                if self._reset_after[direction] == 0:
                    self._reset_after[direction] = None
                    self._resets += 1
                    self._loop.call_soon(self._end, connection, True)
                    return
        except OSError:
            self._loop.call_soon(self._end, connection, False)

    def _end(self, connection, reset):
        if connection in self._connections:
            self._connections.discard(connection)
            self._spawn(connection.end(reset))

    def _end_all(self, reset):
        for connection in list(self._connections):
            self._end(connection, reset)

    # --- Faults --------------------------------------------------------------------------------

    def cut(self):
        """Ends every connection in good order (FIN); new ones are taken."""
        self._call(self._end_all, False)

    def reset(self):
        """Ends every connection at once (RST): what is on its way is lost."""
        self._call(self._end_all, True)

    def reset_after(self, count, direction):
        """Resets the connection that carries the byte `count` bytes from now, behind that byte."""
        self._call(self._reset_after.__setitem__, direction, max(1, count))

    def half_close(self, direction):
        """Tells the receiving end of `direction` that no more comes; the other direction lives on."""
        def shut():
            for connection in self._connections:
                connection.tasks[DIRECTIONS.index(direction)].cancel()
                try:
                    connection.sockets[direction][1].shutdown(socket.SHUT_WR)
                except OSError:
                    pass  # it has gone already
        self._call(shut)

    def stall(self, *directions):
        """Carries nothing any more, and breaks nothing: a black hole. Both directions when none is named."""
        for direction in directions or DIRECTIONS:
            self._call(self._flowing[direction].clear)

    def delay(self, seconds, *directions):
        """What is read waits for so long before it goes on."""
        for direction in directions or DIRECTIONS:
            self._call(self._delay.__setitem__, direction, seconds)

    def partition(self):
        """Ends every connection, and takes none."""
        def part():
            self._refusing = True
            self._end_all(True)
        self._call(part)

    def heal(self):
        """Carries everything again. Connections that were stalled or delayed go on."""
        def mend():
            self._refusing = False
            for direction in DIRECTIONS:
                self._delay[direction] = 0.0
                self._reset_after[direction] = None
                self._flowing[direction].set()
        self._call(mend)

    def random_fault(self, chance):
        """One of the above, chosen with `chance` (random.Random). Returns its description."""
        direction = chance.choice(DIRECTIONS)
        # Small counts end inside of greetings and headers, large ones inside of batches.
        count = chance.choice((chance.randint(1, 64), chance.randint(65, 20_000)))
        return chance.choice((
            lambda: (self.cut(), "cut"),
            lambda: (self.reset(), "reset"),
            lambda: (self.reset_after(count, direction), f"reset {direction} after {count} bytes"),
            lambda: (self.half_close(direction), f"half-close {direction}"),
            lambda: (self.stall(direction), f"stall {direction}"),
            lambda: (self.stall(), "stall both ways"),
            lambda: (self.partition(), "partition"),
            lambda: (self.delay(0.05, direction), f"delay {direction}"),
        ))()[1]

    # --- Figures -------------------------------------------------------------------------------

    def passed(self, direction):
        """Bytes carried so far."""
        return self._call(self._passed.__getitem__, direction)

    def resets(self):
        """How often reset_after() has struck."""
        return self._call(lambda: self._resets)

    def connections(self):
        """Those that carry bytes both ways."""
        return self._call(lambda: len(self._connections))

    def close(self):
        async def stop():
            self._accepting.cancel()
            await asyncio.gather(self._accepting, return_exceptions=True)
            self._listener.close()
            self._end_all(True)
            await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(stop(), self._loop).result(30.0)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(30.0)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
