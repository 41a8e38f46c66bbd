/**
 * The far end of a virtual cable: takes connections at a socket file, whose first line says from which address they are to come
 * and to which port they go, and carries on from there.
 */
import { createServer, connect } from 'node:net';

const [path = '', host = ''] = process.argv.slice(2);

const server = createServer((near) => {
  near.once('data', (data) => {
    const end = data.indexOf('\n');
    const [localAddress = '', port = ''] = data.subarray(0, end).toString().split(' ');
    const far = connect({ host, port: Number(port), localAddress });
    far.write(data.subarray(end + 1));
    near.pipe(far).pipe(near);
    far.on('error', () => near.destroy());
    near.on('error', () => far.destroy());
    far.on('close', () => near.destroy());
    near.on('close', () => far.destroy());
  });
});
server.listen(path, () => console.log('listening'));
process.stdin.on('end', () => process.exit()).resume();
