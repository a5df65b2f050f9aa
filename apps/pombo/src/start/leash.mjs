// Loaded before each process of `npm start`. When the starter is killed and cannot stop them any more, they notice that
// the line to it is cut, and stop by themselves as if they had been told to.
if (process.channel) {
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  // Being on a leash is no work: a process that has nothing else to do may end.
  process.channel.unref();
}
