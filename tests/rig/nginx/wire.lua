-- SPDX-License-Identifier: MIT
-- What nginx itself would never do: break connections on purpose, and code a body that nobody asked to have coded.
local ffi = require 'ffi'
local get_request = require('resty.core.base').get_request

ffi.cdef [[
struct rig_linger { int on, seconds; };
int setsockopt(int fd, int level, int name, const void *value, unsigned size);
struct rig_connection { void *data, *read, *write; int fd; };
struct rig_request { uint32_t signature; struct rig_connection *connection; };
unsigned long crc32(unsigned long seed, const char *data, unsigned size);
]]

local kSolSocket, kSoLinger = 1, 13
local kHangSeconds = 600  -- longer than any test; a client that leaves ends it

local M = {}

-- Ends the response here: 'fin' closes, 'rst' resets, 'hang' stays open and silent.
function M.cut(how)
    if how == 'hang' then
        ngx.sleep(kHangSeconds)
    elseif how == 'rst' then
        ngx.sleep(0.02)  -- a reset discards what the peer has not read yet; let it read the first part
        local request = ffi.cast('struct rig_request *', get_request())
        local linger = ffi.new('struct rig_linger', 1, 0)
        ffi.C.setsockopt(request.connection.fd, kSolSocket, kSoLinger, linger, ffi.sizeof(linger))
    end
    return ngx.exit(ngx.ERROR)
end

local function little_endian(value, bytes)
    local out = {}
    for i = 1, bytes do
        out[i] = string.char(value % 256)
        value = math.floor(value / 256)
    end
    return table.concat(out)
end

-- A valid gzip stream of stored blocks.
function M.gzip(data)
    local out = {'\31\139\8\0\0\0\0\0\0\255'}
    for first = 1, math.max(#data, 1), 65535 do
        local block = data:sub(first, first + 65534)
        local final = first + 65535 > #data and '\1' or '\0'
        out[#out + 1] = final .. little_endian(#block, 2) .. little_endian(65535 - #block, 2) .. block
    end
    local crc = tonumber(ffi.C.crc32(0, data, #data))
    return table.concat(out) .. little_endian(crc, 4) .. little_endian(#data, 4)
end

return M
