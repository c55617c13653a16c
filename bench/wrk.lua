-- Asks for the addresses of a file, one after the other from a given place on; prints what was measured as JSON.
-- A line is a path, and after tabs the headers: "/path?query<TAB>Accept-Encoding: gzip". "expect-status: 304" is not
-- sent: where it stands, each answer must have a status that some line expects (200 or 204 without it).
local requests, at = {}, 0
local threads, expected = {}, {}
unexpected = 0

function setup(thread)
  threads[#threads + 1] = thread
end

-- Only where a status is expected: it makes wrk read all headers of every answer.
local function check(status)
  if status < 400 and not expected[status] then
    unexpected = unexpected + 1
  end
end

function init(args)
  at = tonumber(args[2])
  for line in io.lines(args[1]) do
    local path, headers, status = nil, {}, nil
    for part in line:gmatch("[^\t]+") do
      if path then
        local name, value = part:match("^([^:]+): (.*)$")
        if name == "expect-status" then
          status = tonumber(value)
        else
          headers[name] = value
        end
      else
        path = part
      end
    end
    if status then
      expected[status] = true
      response = check
    else
      expected[200], expected[204] = true, true
    end
    requests[#requests + 1] = wrk.format("GET", path, headers)
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency)
  local errors = summary.errors
  local broken = errors.connect + errors.read + errors.write + errors.timeout
  local refused = errors.status
  for _, thread in ipairs(threads) do
    refused = refused + thread:get("unexpected")
  end
  io.write(string.format(
    '\n{"requests": %d, "microseconds": %d, "bytes": %d, "refused": %d, "broken": %d, "p50_us": %d, "p99_us": %d}\n',
    summary.requests, summary.duration, summary.bytes, refused, broken,
    latency:percentile(50), latency:percentile(99)))
end
