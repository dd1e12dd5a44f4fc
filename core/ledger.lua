-- The ledger: the state of every open experiment and its runs, changed by this script alone, so that each change is
-- atomic. ARCHITECTURE.md draws the state machine. A command checks first and writes afterwards: a refused one has
-- changed nothing.
--
--   lab:ledger                    hash  store (id of the lab's store), name (of that lab), trimmed (last event that the
--                                       store had when it was trimmed)
--   lab:experiments               set   ids of all experiments that have a ledger
--   lab:experiment:ID             hash  spec, opening, control (run | pause | cancel), runs, open, failed, cancelled,
--                                       started, looked (time of the last `expire`, ms)
--   lab:experiment:ID:waiting     list  runs that wait to be claimed, or for their experiment to go on
--   lab:experiment:ID:declined    set   workers that can't train it, for a while
--   lab:experiment:ID:postponed   hash  workers that can't get its files for now: why, and when they try again
--   lab:experiment:ID:leased      zset  running runs by the time (ms) at which their lease ends
--   lab:run:ID:N                  hash  status, fence, deaths, epochs_done, seconds, program, owner, since, checkpoint
--   lab:expiries                  count of leases that have run out
--   lab:log                       stream  every event of every experiment
--
-- Labs that share a Redis have another word than `lab`: the client puts it in the place of each 'lab:' below.
-- ARGV[1] names the command, ARGV[2] the experiment; the rest are the command's own. Times are Redis' own.

local id = ARGV[2]
local E = 'lab:experiment:' .. id
local WAITING = E .. ':waiting'
local LEASED = E .. ':leased'

local function run_key(run) return 'lab:run:' .. id .. ':' .. run end

local function now()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end

local function log(event, run, data, ...)
  redis.call('XADD', 'lab:log', '*', 'experiment', id, 'event', event, 'run', run or '', 'data', data or '{}', ...)
end

-- Ends the experiment when its last run has ended.
local function close_if_done()
  local counts = redis.call('HMGET', E, 'open', 'failed', 'cancelled')
  if tonumber(counts[1]) > 0 then return end
  local how = 'finished'
  if tonumber(counts[3]) > 0 then how = 'cancelled' elseif tonumber(counts[2]) > 0 then how = 'failed' end
  log('experiment_' .. how)
end

local function close_run(run, status, data, outcomes, outputs, weights)
  redis.call('ZREM', LEASED, run)
  redis.call('HSET', run_key(run), 'status', status)
  redis.call('HDEL', run_key(run), 'checkpoint')
  redis.call('HINCRBY', E, 'open', -1)
  if status ~= 'finished' then redis.call('HINCRBY', E, status, 1) end
  log('run_' .. status, run, data, 'figures', outcomes or '', 'outputs', outputs or '', 'weights', weights or '')
end

-- Puts a running run back: to wait for a worker, or for its experiment to go on.
local function put_back(run)
  redis.call('ZREM', LEASED, run)
  local control = redis.call('HGET', E, 'control')
  if control == 'cancel' then
    close_run(run, 'cancelled')
  else
    local status = control == 'pause' and 'paused' or 'queued'
    redis.call('HSET', run_key(run), 'status', status)
    redis.call('LPUSH', WAITING, run)
    log('run_' .. status, run)
  end
end

-- Whether `run` is still held under `fence`. A worker that lost its lease holds an older fence and is refused.
local function held(run, fence)
  local state = redis.call('HMGET', run_key(run), 'status', 'fence')
  return state[1] == 'running' and state[2] == fence
end

-- Milliseconds and sequence of the last event that was ever logged, trimmed or not.
local function last_event()
  if redis.call('EXISTS', 'lab:log') == 0 then return 0, 0 end
  local info = redis.call('XINFO', 'STREAM', 'lab:log')
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then
      local ms, sequence = string.match(info[i + 1], '(%d+)-(%d+)')
      return tonumber(ms), tonumber(sequence)
    end
  end
end

local commands = {}

-- store, name of the lab, last event that it has recorded or read (ms, sequence), 1 to drop what is there
-- -> {how, name of the lab that the ledger belongs to}; how: known, new, adopted (of an earlier version) or foreign
-- A lab must be attached before it submits. Coming events get ids above those that it knows, whatever Redis' clock says.
function commands.attach(store, name, ms, sequence, drop)
  local owner, how = redis.call('HMGET', 'lab:ledger', 'store', 'name'), 'known'
  if not owner[1] then
    how = redis.call('EXISTS', 'lab:log', 'lab:experiments') > 0 and 'adopted' or 'new'
  elseif owner[1] ~= store then
    return {'foreign', owner[2]}
  end
  if drop == '1' then
    redis.call('XTRIM', 'lab:log', 'MAXLEN', 0)
    redis.call('HDEL', 'lab:ledger', 'trimmed')
  end
  local last_ms, last_sequence = last_event()
  ms, sequence = tonumber(ms), tonumber(sequence)
  if last_ms < ms or (last_ms == ms and last_sequence < sequence) then
    local known = string.format('%.0f-%.0f', ms, sequence)
    if redis.call('EXISTS', 'lab:log') == 1 then
      redis.call('XSETID', 'lab:log', known)
    else
      redis.call('XDEL', 'lab:log', redis.call('XADD', 'lab:log', known, 'experiment', ''))
    end
  end
  redis.call('HSET', 'lab:ledger', 'store', store, 'name', name)
  return {how, name}
end

-- event (ms, sequence) -> 1: removes the events up to it, which the store has
function commands.trim(ms, sequence)
  redis.call('XTRIM', 'lab:log', 'MINID', string.format('%.0f-%.0f', ms, sequence + 1))
  redis.call('HSET', 'lab:ledger', 'trimmed', ms .. '-' .. sequence)
  return 1
end

local function remove(runs)
  runs = tonumber(redis.call('HGET', E, 'runs') or runs)
  for run = 0, runs - 1 do redis.call('DEL', run_key(run)) end
  redis.call('DEL', E, WAITING, LEASED, E .. ':declined', E .. ':postponed')
  redis.call('SREM', 'lab:experiments', id)
end

-- opening, store, spec, control, runs that failed, runs that were cancelled, program of each run or '' where it has ended ...
-- -> 1, or 0 where this opening is there already
-- An earlier opening gives way: it has ended, and the experiment was opened again. Fences start at the present time in
-- ms, or at that of the last event where it is later: a fence issued before a loss of all data, or in an earlier
-- opening, is never issued again. `control` is what the experiment was told before such a loss.
function commands.submit(opening, store, spec, control, failed, cancelled, ...)
  if redis.call('HGET', 'lab:ledger', 'store') ~= store then
    return redis.error_reply('DETACHED this ledger is not that of the lab')
  end
  local programs, open = {...}, 0
  local last_ms = last_event()
  local fence = math.max(now(), last_ms)
  if redis.call('EXISTS', E) == 1 then
    -- `look` is its name in a ledger of an earlier version.
    local there = redis.call('HGET', E, 'opening') or redis.call('HGET', E, 'look') or 1
    if tonumber(there) >= tonumber(opening) then return 0 end
    remove(#programs)
  end
  for i, program in ipairs(programs) do
    if program ~= '' then
      open = open + 1
      redis.call('HSET', run_key(i - 1), 'status', 'queued', 'fence', fence, 'deaths', 0, 'epochs_done', 0,
        'seconds', 0, 'program', program)
      redis.call('RPUSH', WAITING, i - 1)
    end
  end
  redis.call('SADD', 'lab:experiments', id)
  redis.call('HSET', E, 'spec', spec, 'opening', opening, 'control', 'run', 'runs', #programs, 'open', open, 'failed',
    failed, 'cancelled', cancelled, 'looked', now())
  if control == 'run' or open == 0 then close_if_done() else commands[control]() end
  return 1
end

-- owner, lease (ms), programs that the caller has compiled ... -> {run, fence, epochs done, seconds}, or nothing
-- Prefers a run whose program the caller has compiled, then one whose program nobody is running, so that several
-- workers share out the compilations, then any.
function commands.claim(owner, lease, ...)
  if redis.call('HGET', E, 'control') ~= 'run' then return false end
  local rank = {}
  for _, run in ipairs(redis.call('ZRANGE', LEASED, 0, -1)) do rank[redis.call('HGET', run_key(run), 'program')] = 3 end
  for _, program in ipairs({...}) do rank[program] = 1 end
  local chosen, best = nil, 4
  for _, run in ipairs(redis.call('LRANGE', WAITING, 0, -1)) do
    local this = rank[redis.call('HGET', run_key(run), 'program')] or 2
    if this < best then chosen, best = run, this end
    if best == 1 then break end
  end
  if not chosen then return false end
  redis.call('LREM', WAITING, 1, chosen)
  redis.call('ZADD', LEASED, now() + lease, chosen)
  local fence = redis.call('HINCRBY', run_key(chosen), 'fence', 1)
  redis.call('HSET', run_key(chosen), 'status', 'running', 'owner', owner, 'since', now())
  if redis.call('HSETNX', E, 'started', 1) == 1 then log('experiment_started') end
  local state = redis.call('HMGET', run_key(chosen), 'epochs_done', 'deaths', 'seconds')
  log('run_started', chosen, cjson.encode({attempt = state[2] + 1}))
  return {tonumber(chosen), fence, tonumber(state[1]), state[3]}
end

-- run, fence, lease (ms) -> control, or 'fenced'
function commands.renew(run, fence, lease)
  if not held(run, fence) then return 'fenced' end
  redis.call('ZADD', LEASED, now() + lease, run)
  return redis.call('HGET', E, 'control')
end

-- run, fence, lease (ms), first epoch, last epoch, figures, seconds so far, checkpoint or '', epochs of snapshots or '',
-- snapshots -> control, or 'fenced'
-- A chunk must start where the last one ended. One that is logged already changes nothing: the worker repeats a command
-- whose answer was lost. Snapshots are logged before their epochs, so that a reader of the epochs has the snapshots too.
function commands.append(run, fence, lease, first, last, figures, seconds, checkpoint, snapshot_epochs,
    snapshots)
  if not held(run, fence) then return 'fenced' end
  local done = tonumber(redis.call('HGET', run_key(run), 'epochs_done'))
  local new = tonumber(last) > done
  if new and tonumber(first) ~= done + 1 then
    return redis.error_reply('GAP run ' .. run .. ' has ' .. done .. ' epochs, the chunk starts at ' .. first)
  end
  redis.call('ZADD', LEASED, now() + lease, run)
  if new then
    if checkpoint ~= '' then redis.call('HSET', run_key(run), 'checkpoint', checkpoint) end
    redis.call('HSET', run_key(run), 'epochs_done', last, 'seconds', seconds)
    if snapshot_epochs ~= '' then log('snapshots', run, snapshot_epochs, 'figures', snapshots) end
    log('epochs', run, '{}', 'first_epoch', first, 'figures', figures)
  end
  return redis.call('HGET', E, 'control')
end

-- run, fence, checkpoint or '' -> 1, or 0 where it is not held: the worker gives the run back
function commands.release(run, fence, checkpoint)
  if not held(run, fence) then return 0 end
  if checkpoint ~= '' then redis.call('HSET', run_key(run), 'checkpoint', checkpoint) end
  put_back(run)
  close_if_done()
  return 1
end

-- run, fence, finished | failed | cancelled, data, outcomes of rows or '', outputs or '', weights or ''
-- -> 1, or 0 where it is not held
function commands.finish(run, fence, status, data, outcomes, outputs, weights)
  if not held(run, fence) then return 0 end
  close_run(run, status, data, outcomes, outputs, weights)
  close_if_done()
  return 1
end

-- deaths allowed, reason for the last, lease (ms) -> number of runs that wait for a worker
-- Takes the runs of dead workers back. If the last `expire` is more than half a lease ago, Redis or the API was down or
-- the machine slept: workers may be alive that could not renew, so that every lease starts anew.
function commands.expire(deaths_allowed, reason, lease)
  local time, looked = now(), tonumber(redis.call('HGET', E, 'looked') or 0)
  redis.call('HSET', E, 'looked', time)
  if time - looked > lease / 2 then
    for _, run in ipairs(redis.call('ZRANGE', LEASED, 0, -1)) do redis.call('ZADD', LEASED, time + lease, run) end
  end
  local dead = redis.call('ZRANGEBYSCORE', LEASED, '-inf', '(' .. time)
  for _, run in ipairs(dead) do
    if redis.call('HINCRBY', run_key(run), 'deaths', 1) >= tonumber(deaths_allowed) then
      close_run(run, 'failed', reason)
    else
      put_back(run)
    end
  end
  if #dead > 0 then
    redis.call('INCRBY', 'lab:expiries', #dead)
    close_if_done()
  end
  if redis.call('HGET', E, 'control') ~= 'run' then return 0 end
  return redis.call('LLEN', WAITING)
end

-- -> 1, or 0 where there is nothing left to cancel
function commands.cancel()
  local state = redis.call('HMGET', E, 'open', 'control')
  if (tonumber(state[1]) or 0) == 0 or state[2] == 'cancel' then return 0 end
  redis.call('HSET', E, 'control', 'cancel')
  for _, run in ipairs(redis.call('LRANGE', WAITING, 0, -1)) do close_run(run, 'cancelled') end
  redis.call('DEL', WAITING)
  close_if_done()
  return 1
end

-- -> 1, or 0 where it does not run
function commands.pause()
  local state = redis.call('HMGET', E, 'open', 'control')
  if (tonumber(state[1]) or 0) == 0 or state[2] ~= 'run' then return 0 end
  redis.call('HSET', E, 'control', 'pause')
  for _, run in ipairs(redis.call('LRANGE', WAITING, 0, -1)) do
    redis.call('HSET', run_key(run), 'status', 'paused')
    log('run_paused', run)
  end
  log('experiment_paused')
  return 1
end

-- -> number of runs that wait for a worker, or -1 where it is not paused
function commands.resume()
  if redis.call('HGET', E, 'control') ~= 'pause' then return -1 end
  redis.call('HSET', E, 'control', 'run')
  log('experiment_resumed')
  for _, run in ipairs(redis.call('LRANGE', WAITING, 0, -1)) do
    redis.call('HSET', run_key(run), 'status', 'queued')
    log('run_queued', run)
  end
  return redis.call('LLEN', WAITING)
end

-- number of runs, where the ledger of an earlier version doesn't say it -> 1: removes the experiment; a worker that still trains one of its runs is fenced
function commands.forget(runs)
  remove(runs)
  return 1
end

local command = commands[ARGV[1]]
local of_all = {submit = true, attach = true, trim = true}
if not of_all[ARGV[1]] and redis.call('EXISTS', E) == 0 then
  local gone = {renew = 'fenced', append = 'fenced', claim = false, resume = -1}
  local answer = gone[ARGV[1]]
  if answer == nil then answer = 0 end
  return answer
end
return command(unpack(ARGV, 3))
