#include "core/io/zip.h"

#include "core/io/byte_reader.h"
#include "core/io/text.h"

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

namespace tiller {

namespace {

constexpr uint32_t s_localSignature = 0x04034B50;
constexpr uint32_t s_centralSignature = 0x02014B50;
constexpr uint32_t s_endSignature = 0x06054B50;
constexpr size_t s_localSize = 30;
constexpr size_t s_endSize = 22;
constexpr uint16_t s_encryptedFlags = 0x2041; // encrypted, strongly encrypted, masked headers
constexpr uint16_t s_version = 20;
constexpr uint16_t s_firstDay = 0x0021; // 1980-01-01, the oldest date that zip can name

constexpr auto s_crcTable = [] {
    std::array<uint32_t, 256> table{};
    for (uint32_t i = 0; i < table.size(); ++i) {
        table[i] = i;
        for (int bit = 0; bit < 8; ++bit)
            table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0xEDB88320u : 0);
    }
    return table;
}();

struct CentralHeader {
    uint16_t flags = 0;
    uint16_t method = 0;
    uint32_t crc = 0;
    uint32_t storedSize = 0;
    uint32_t size = 0;
    uint32_t offset = 0;
    std::string name;
};

CentralHeader readCentralHeader(ByteReader& reader)
{
    constexpr auto what = "the zip directory";
    if (reader.read<uint32_t>(what) != s_centralSignature)
        reader.fail("has a damaged zip directory");
    CentralHeader header;
    reader.take(4, what); // versions made by and needed
    header.flags = reader.read<uint16_t>(what);
    header.method = reader.read<uint16_t>(what);
    reader.take(4, what); // time and date
    header.crc = reader.read<uint32_t>(what);
    header.storedSize = reader.read<uint32_t>(what);
    header.size = reader.read<uint32_t>(what);
    const auto nameSize = reader.read<uint16_t>(what);
    const auto extraSize = reader.read<uint16_t>(what);
    const auto commentSize = reader.read<uint16_t>(what);
    reader.take(8, what); // disk, attributes
    header.offset = reader.read<uint32_t>(what);
    header.name = reader.text(nameSize, what);
    reader.take(extraSize, what);
    reader.take(commentSize, what);
    return header;
}

void checkHeader(const ByteReader& reader, const CentralHeader& header)
{
    const auto fail = [&](const std::string& reason, const std::string& remedy = {}) {
        reader.fail("record " + inQuotes(header.name) + " " + reason, remedy);
    };
    if (header.flags & s_encryptedFlags)
        fail("is encrypted");
    if (header.method != 0 || header.storedSize != header.size)
        fail("is compressed; torch stores its records as they are", "Save the file again with torch.save.");
    const std::string_view name = header.name;
    if (name.starts_with('/') || name.find("..") != name.npos || name.find('\\') != name.npos
        || name.find('\0') != name.npos)
        fail("has an unsafe name");
    const size_t slash = name.find('/');
    if (slash == name.npos || slash + 1 == name.size())
        fail("is not inside a root folder");
}

std::span<const std::byte> locate(const MappedFile& file, const CentralHeader& header, size_t directory)
{
    // Records lie before the directory.
    ByteReader reader(file.bytes().first(directory), file.path().string());
    constexpr auto what = "a zip record";
    reader.take(header.offset, what);
    if (reader.read<uint32_t>(what) != s_localSignature)
        reader.fail("record " + inQuotes(header.name) + " is not where the zip directory says");
    reader.take(2, what); // version
    const auto flags = reader.read<uint16_t>(what);
    const auto method = reader.read<uint16_t>(what);
    reader.take(16, what); // time, date, CRC and sizes: the directory's count, these may be 0
    const auto nameSize = reader.read<uint16_t>(what);
    const auto extraSize = reader.read<uint16_t>(what);
    if (reader.text(nameSize, what) != header.name || flags != header.flags || method != header.method)
        reader.fail("record " + inQuotes(header.name) + " has two headers that disagree");
    reader.take(extraSize, what);
    return reader.take(header.size, what);
}

/// Position of the end record: the last thing in the file but for its own comment.
size_t findEnd(std::span<const std::byte> bytes, const std::string& origin)
{
    const ByteReader whole(bytes, origin);
    if (bytes.size() < s_endSize)
        whole.fail("is not a whole zip archive", "The file is incomplete: copy or download it again.");
    const size_t last = bytes.size() - s_endSize;
    const size_t furthest = last - std::min<size_t>(last, std::numeric_limits<uint16_t>::max());
    for (size_t position = last + 1; position-- > furthest;) {
        ByteReader reader(bytes.subspan(position), origin);
        if (reader.read<uint32_t>("the zip end") != s_endSignature)
            continue;
        reader.take(16, "the zip end");
        if (reader.read<uint16_t>("the zip end") == reader.remaining())
            return position;
    }
    whole.fail("has no zip directory", "The file is incomplete: copy or download it again.");
}

}

uint32_t crc32(std::span<const std::byte> bytes)
{
    uint32_t crc = 0xFFFFFFFFu;
    for (const std::byte byte : bytes)
        crc = crc >> 8 ^ s_crcTable[(crc ^ static_cast<uint32_t>(byte)) & 0xFF];
    return ~crc;
}

ZipReader::ZipReader(std::shared_ptr<const MappedFile> file)
    : m_file(std::move(file))
{
    const auto bytes = m_file->bytes();
    const std::string origin = m_file->path().string();
    const size_t end = findEnd(bytes, origin);

    ByteReader endReader(bytes.subspan(end + 4), origin);
    const auto disk = endReader.read<uint16_t>("the zip end");
    const auto directoryDisk = endReader.read<uint16_t>("the zip end");
    const auto countHere = endReader.read<uint16_t>("the zip end");
    const auto count = endReader.read<uint16_t>("the zip end");
    const auto directorySize = endReader.read<uint32_t>("the zip end");
    const auto directory = endReader.read<uint32_t>("the zip end");
    if (disk != 0 || directoryDisk != 0 || countHere != count)
        endReader.fail("is one part of a zip archive on several disks");
    if (directory == std::numeric_limits<uint32_t>::max() || count == std::numeric_limits<uint16_t>::max())
        endReader.fail("is a zip archive beyond 4 GiB or 65534 records, which is not supported");
    if (directory > end || directorySize > end - directory)
        endReader.fail("has a zip directory outside the file");

    std::string root;
    uint64_t total = 0;
    std::vector<CentralHeader> headers;
    ByteReader reader(bytes.subspan(directory, directorySize), origin);
    for (int i = 0; i < count; ++i) {
        const CentralHeader& header = headers.emplace_back(readCentralHeader(reader));
        checkHeader(reader, header);
        const std::string folder = header.name.substr(0, header.name.find('/') + 1);
        if (i == 0)
            root = folder;
        if (folder != root)
            reader.fail("has two root folders, " + inQuotes(root) + " and " + inQuotes(folder));
        total += header.size;
    }
    if (reader.remaining() != 0)
        reader.fail("has a zip directory of more records than it counts");
    // Also bounds the time that the checksums take.
    if (total > directory)
        reader.fail("has zip records that claim more bytes than the file");

    for (const CentralHeader& header : headers) {
        const auto data = locate(*m_file, header, directory);
        if (crc32(data) != header.crc)
            reader.fail("record " + inQuotes(header.name) + " is damaged: its checksum is wrong",
                "Copy or download the file again.");
        if (!m_records.emplace(header.name.substr(root.size()), data).second)
            reader.fail("record " + inQuotes(header.name) + " stands twice");
    }
}

std::optional<std::span<const std::byte>> ZipReader::find(std::string_view name) const
{
    const auto found = m_records.find(name);
    return found == m_records.end() ? std::nullopt : std::optional(found->second);
}

void ZipWriter::add(std::string_view name, std::string_view data)
{
    constexpr size_t alignment = 64;
    constexpr size_t fieldHeader = 4; // id and size of the padding field
    const std::string fullName = m_root + "/" + std::string(name);
    const auto offset = static_cast<uint32_t>(m_file.size());
    const size_t unpadded = m_file.size() + s_localSize + fullName.size() + fieldHeader;
    const size_t padding = (alignment - unpadded % alignment) % alignment;

    // The part that both headers share.
    std::string common;
    appendBytes<uint16_t>(common, s_version);
    appendBytes<uint16_t>(common, 0); // flags
    appendBytes<uint16_t>(common, 0); // stored
    appendBytes<uint16_t>(common, 0); // time
    appendBytes<uint16_t>(common, s_firstDay);
    appendBytes<uint32_t>(common, crc32(std::as_bytes(std::span(data))));
    appendBytes<uint32_t>(common, static_cast<uint32_t>(data.size()));
    appendBytes<uint32_t>(common, static_cast<uint32_t>(data.size()));
    appendBytes<uint16_t>(common, static_cast<uint16_t>(fullName.size()));

    appendBytes(m_file, s_localSignature);
    m_file += common;
    appendBytes<uint16_t>(m_file, static_cast<uint16_t>(fieldHeader + padding));
    m_file += fullName;
    m_file += "FB"; // torch's id for padding
    appendBytes<uint16_t>(m_file, static_cast<uint16_t>(padding));
    m_file.append(padding, 'Z');
    m_file += data;
    if (m_file.size() >= std::numeric_limits<uint32_t>::max())
        throw Error("more than 4 GiB do not fit a .pt file", "Save as safetensors.");

    appendBytes(m_directory, s_centralSignature);
    appendBytes<uint16_t>(m_directory, s_version); // made by
    m_directory += common;
    m_directory.append(12, '\0'); // no extra field, no comment, first disk, no attributes
    appendBytes(m_directory, offset);
    m_directory += fullName;
    ++m_count;
}

std::string ZipWriter::finish() &&
{
    const auto directory = static_cast<uint32_t>(m_file.size());
    m_file += m_directory;
    appendBytes(m_file, s_endSignature);
    appendBytes<uint32_t>(m_file, 0); // disks
    appendBytes(m_file, m_count);
    appendBytes(m_file, m_count);
    appendBytes<uint32_t>(m_file, static_cast<uint32_t>(m_directory.size()));
    appendBytes(m_file, directory);
    appendBytes<uint16_t>(m_file, 0); // comment
    return std::move(m_file);
}

}
