#pragma once

#include "ui/state/library_store.h"

#include <QDir>
#include <QFile>
#include <QSignalSpy>
#include <QTest>

#include <initializer_list>
#include <memory>

inline std::shared_ptr<const tiller::SteeringVector> vectorOf(
    const std::string& name, std::initializer_list<int> layers)
{
    auto vector = std::make_shared<tiller::SteeringVector>();
    vector->name = name;
    vector->modelName = "SmolLM2-135M-Instruct";
    vector->modelFingerprint = "0123456789abcdef";
    vector->method = "mean_difference";
    vector->readPosition = "completion";
    vector->normalisation = "none";
    vector->positiveLabel = "formal";
    vector->negativeLabel = "casual";
    vector->pairs = 28;
    vector->createdAt = "2026-11-28T10:00:00";
    for (const int layer : layers) {
        tiller::LayerVector& direction = vector->layers[layer];
        direction.values = {0.1f, -2.5f, 1.0f / 3, float(layer)};
        direction.positiveProjection = 1.25 + layer;
        direction.negativeProjection = -0.1;
        direction.meanResidualNorm = 40.7;
    }
    return vector;
}

inline tiller::LibraryEntry entryOf(const std::string& name, std::initializer_list<int> layers)
{
    tiller::LibraryEntry entry;
    entry.name = QString::fromStdString(name);
    entry.vector = vectorOf(name, layers);
    entry.suggestedLayer = *layers.begin();
    return entry;
}

/// A library and what keeps it, as after a start.
struct Kept {
    tiller::LibraryModel library;
    std::unique_ptr<tiller::LibraryStore> store;
    QSignalSpy skipped;
    QSignalSpy failed;

    explicit Kept(const QString& folder)
        : store(std::make_unique<tiller::LibraryStore>(&library, folder.toStdString()))
        , skipped(store.get(), &tiller::LibraryStore::skipped)
        , failed(store.get(), &tiller::LibraryStore::failed)
    {
        if (!QTest::qWaitFor([this] { return store->isLoaded(); }))
            qFatal("the library does not load");
    }
};

inline QStringList vectorFiles(const QString& folder)
{
    return QDir(folder).entryList({QStringLiteral("*.safetensors")}, QDir::Files);
}

inline void overwrite(const QString& path, const QByteArray& bytes)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(bytes);
}
