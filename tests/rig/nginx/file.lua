-- SPDX-License-Identifier: MIT
-- Files by descriptor: size, time and positioned reads, which Lua's io library does not offer.
local ffi = require 'ffi'

ffi.cdef [[
struct rig_statx_time { int64_t sec; uint32_t nsec; int32_t pad; };
struct rig_statx {
    uint32_t mask, blksize; uint64_t attributes; uint32_t nlink, uid, gid; uint16_t mode, pad;
    uint64_t ino, size, blocks, attributes_mask;
    struct rig_statx_time atime, btime, ctime, mtime;
    uint64_t spare[16];
};
int statx(int dirfd, const char *path, int flags, unsigned mask, struct rig_statx *out);
int open(const char *path, int flags, ...);
int close(int fd);
ssize_t pread(int fd, void *buffer, size_t count, int64_t offset);
]]

local kAtEmptyPath, kBasicStats, kRegular, kTypeMask = 0x1000, 0x7ff, 0x8000, 0xf000
local kBuffer = 128 * 1024
local buffer = ffi.new('char[?]', kBuffer)  -- safe to share: nothing yields between pread and the copy
local C = ffi.C

local File = {}
File.__index = File

-- Returns nil when there is no such regular file.
function File.open(path)
    local fd = C.open(path, 0)
    if fd < 0 then return nil end
    local st = ffi.new('struct rig_statx')
    if C.statx(fd, '', kAtEmptyPath, kBasicStats, st) ~= 0 or bit.band(st.mode, kTypeMask) ~= kRegular then
        C.close(fd)
        return nil
    end
    -- A request whose client goes away is never resumed, so the collector must be able to close as well.
    local owner = ffi.gc(ffi.new('int[1]', fd), function(it) if it[0] >= 0 then C.close(it[0]) end end)
    return setmetatable({owner = owner, size = tonumber(st.size), mtime = tonumber(st.mtime.sec)}, File)
end

-- Up to 128 KiB at the offset; '' at the end.
function File:read(offset, count)
    local got = C.pread(self.owner[0], buffer, math.min(count, kBuffer), offset)
    return ffi.string(buffer, math.max(tonumber(got), 0))
end

function File:close()
    C.close(self.owner[0])
    self.owner[0] = -1
end

return File
