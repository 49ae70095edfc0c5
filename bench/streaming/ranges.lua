-- For wrk: random ranges of a file. Arguments: bytes of the file, least and most bytes of a range (their logarithm is uniform).
-- The same ranges in the same order whoever serves them.
local size, least, most
local threads = 0

function setup(thread)
  threads = threads + 1
  thread:set("id", threads)
end

function init(args)
  size, least, most = tonumber(args[1]), tonumber(args[2]), tonumber(args[3])
  math.randomseed(id)
end

function request()
  local nbytes = math.floor(least * (most / least) ^ math.random())
  local from = math.floor(math.random() * (size - nbytes))
  return wrk.format("GET", "/", { Range = string.format("bytes=%d-%d", from, from + nbytes - 1) })
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"seconds":%f,"requests":%d,"bytes":%d,"p50":%f,"p99":%f,"refused":%d,"broken":%d}\n',
    summary.duration / 1e6, summary.requests, summary.bytes,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
